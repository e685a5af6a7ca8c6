//! The words of the switches about imports of files, and bulk calls.

use serde::{Deserialize, Serialize};

/// See [`Switches::file_names`](super::Switches::file_names).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FileNames {
    /// Those that end with `.csv` or `.xml`.
    CsvAndXml,
    /// Whatever is there.
    Any,
}

/// See [`Switches::file_existing`](super::Switches::file_existing).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FileExisting {
    /// It is updated.
    Updates,
    /// It stays as it is.
    Skips,
}

/// See [`Switches::file_receipts_earn`](super::Switches::file_receipts_earn).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FileReceiptsEarn {
    /// They do not.
    No,
    /// They do, as if they had been sent.
    Yes,
}

/// See [`Switches::points_file_repeated`](super::Switches::points_file_repeated).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PointsFileRepeated {
    /// It counts again.
    Counts,
    /// It is ignored.
    Ignored,
}

/// See [`Switches::bulk_answer`](super::Switches::bulk_answer).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BulkAnswer {
    /// 202.
    #[serde(rename = "202")]
    Accepted,
    /// 200.
    #[serde(rename = "200")]
    Ok,
}
