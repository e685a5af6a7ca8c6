//! The async handle.

use store::{Accepted, Command, Database, Error, Role, Store, Verdict};

use crate::world::{World, at, options};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap()
}

/// A started store, and what to say to it.
fn started() -> (tempfile::TempDir, Store, Vec<store::Accept>) {
    let World { dir, database, reader } = World::new();
    drop((database, reader));
    let database = Database::open(dir.path(), options(at(0))).unwrap();
    let reader = database.reader().unwrap();
    let world = World { dir, database, reader };
    let sayings = (0..200).map(|n| world.saying(&format!("r{n}"), Role::NeedsContact, &["a"])).collect();
    let World { dir, database, .. } = world;
    (dir, Store::start(database).unwrap(), sayings)
}

#[test]
fn many_at_once_each_get_their_own_answer_and_all_is_kept() {
    let (dir, store, sayings) = started();
    runtime().block_on(async {
        let tasks: Vec<_> = sayings
            .into_iter()
            .map(|saying| {
                let store = store.clone();
                let key = saying.key.clone();
                (key, tokio::spawn(async move { store.accept(saying).await }))
            })
            .collect();
        for (key, task) in tasks {
            let Accepted::New(filed) = task.await.unwrap().unwrap() else { panic!("{key} is new") };
            let row = store.read(move |reader| reader.delivery(filed.delivery.unwrap())).await.unwrap();
            assert_eq!(row.unwrap().key, key);
        }
        store.shutdown().await;
    });
    let database = Database::open(dir.path(), options(at(1))).unwrap();
    assert_eq!(database.reader().unwrap().counts().unwrap()[0].count, 200);
}

#[test]
fn a_shutdown_keeps_and_answers_what_came_before_and_refuses_what_comes_after() {
    let (dir, store, mut sayings) = started();
    let late = sayings.pop().unwrap();
    runtime().block_on(async {
        let earlier: Vec<_> = sayings
            .into_iter()
            .map(|saying| {
                let store = store.clone();
                tokio::spawn(async move { store.submit(Command::Accept(saying)).await })
            })
            .collect();
        store.shutdown().await;
        // The file is closed and free.
        let database = Database::open(dir.path(), options(at(1))).unwrap();
        let kept = database.reader().unwrap().counts().unwrap().iter().map(|count| count.count).sum::<u64>();
        let mut answered = 0;
        for submitted in earlier {
            match submitted.await.unwrap() {
                Ok(Verdict::Accept(Accepted::New(_))) => answered += 1,
                Err(Error::Stopped) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(answered, kept);
        assert!(matches!(store.accept(late).await, Err(Error::Stopped)));
        assert!(matches!(store.read(|reader| reader.counts()).await, Err(Error::Stopped)));
        store.shutdown().await;
    });
}

#[test]
fn a_store_that_is_dropped_keeps_what_it_was_given() {
    let (dir, store, mut sayings) = started();
    let runtime = runtime();
    runtime.block_on(store.accept(sayings.pop().unwrap())).unwrap();
    drop(store);
    drop(runtime);
    // The writer ends by itself soon after; until then it holds the lock.
    let database = loop {
        match Database::open(dir.path(), options(at(1))) {
            Ok(database) => break database,
            Err(Error::Locked { .. }) => std::thread::yield_now(),
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(database.reader().unwrap().counts().unwrap()[0].count, 1);
}

#[test]
fn a_reader_that_panics_takes_nothing_with_it() {
    let (_dir, store, _) = started();
    runtime().block_on(async {
        let other = store.clone();
        let panicked = tokio::spawn(async move { other.read::<(), _>(|_| panic!("a bug")).await }).await;
        assert!(panicked.unwrap_err().is_panic());
        for _ in 0..10 {
            store.read(|reader| reader.counts()).await.unwrap();
        }
        store.shutdown().await;
    });
}
