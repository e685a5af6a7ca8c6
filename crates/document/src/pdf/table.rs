//! Tables: columns as wide as their content asks for, cells wrapped into them.

use super::block::{Mark, Strip, text_strip};
use super::dom::{Element, Node};
use super::face::Fonts;
use super::inline::Inline;
use super::style::{Align, Style};

/// Space between columns in points.
const GUTTER: f32 = 6.0;

struct Cell {
    text: Inline,
    style: Style,
    span: usize,
}

/// The least and the wished width of a column.
#[derive(Clone, Copy, Default)]
struct Wish {
    least: f32,
    most: f32,
    amount: bool,
}

/// Lays a table out over the whole width.
pub fn layout(table: &Element, style: Style, fonts: &Fonts, width: f32) -> Vec<Strip> {
    let mut rows = Vec::new();
    collect(table, style, &mut rows);
    let wishes = wishes(&rows, fonts);
    let gutters = GUTTER * wishes.len().saturating_sub(1) as f32;
    let widths = share(&wishes, (width - gutters).max(1.0));
    rows.iter().flat_map(|row| lay_row(row, &widths, fonts)).collect()
}

fn collect(element: &Element, style: Style, rows: &mut Vec<Vec<Cell>>) {
    for child in element.elements() {
        let style = style.enter(child);
        if child.name == "tr" {
            rows.push(child.elements().map(|cell| read_cell(cell, style)).collect());
        } else {
            collect(child, style, rows);
        }
    }
}

fn read_cell(cell: &Element, style: Style) -> Cell {
    let style = style.enter(cell);
    let mut text = Inline::default();
    for child in &cell.children {
        match child {
            Node::Text(piece) => text.push(piece, style),
            Node::Element(inner) => text.push_element(inner, style),
        }
    }
    let span = cell.attribute("colspan").and_then(|span| span.parse().ok()).unwrap_or(1_usize);
    Cell { text, style, span: span.clamp(1, 100) }
}

fn wishes(rows: &[Vec<Cell>], fonts: &Fonts) -> Vec<Wish> {
    let mut wishes: Vec<Wish> = Vec::new();
    for row in rows {
        let mut column = 0;
        for cell in row {
            let end = column + cell.span;
            wishes.resize(wishes.len().max(end), Wish::default());
            if cell.span == 1 {
                let amount = cell.style.align == Align::End;
                let (word, line) = cell.text.extent(fonts);
                let wish = &mut wishes[column];
                wish.least = wish.least.max(if amount { line } else { word });
                wish.most = wish.most.max(line);
                wish.amount |= amount;
            }
            column = end;
        }
    }
    wishes
}

/// Divides `width` among columns.
fn share(wishes: &[Wish], width: f32) -> Vec<f32> {
    let least: f32 = wishes.iter().map(|wish| wish.least).sum();
    let most: f32 = wishes.iter().map(|wish| wish.most).sum();
    if least > width {
        let cap = cap(wishes, width);
        return wishes.iter().map(|wish| wish.least.min(cap)).collect();
    }
    if most > width {
        let part = (width - least) / (most - least);
        return wishes.iter().map(|wish| wish.least + (wish.most - wish.least) * part).collect();
    }
    let mut widths: Vec<f32> = wishes.iter().map(|wish| wish.most).collect();
    let wordy = wishes.iter().position(|wish| !wish.amount).unwrap_or(0);
    if let Some(first) = widths.get_mut(wordy) {
        *first += width - most;
    }
    widths
}

/// The width above which columns are cut so that together they fit.
fn cap(wishes: &[Wish], width: f32) -> f32 {
    let mut least: Vec<f32> = wishes.iter().map(|wish| wish.least).collect();
    least.sort_by(f32::total_cmp);
    let mut left = width;
    for (index, one) in least.iter().enumerate() {
        let even = left / (least.len() - index) as f32;
        if *one > even {
            return even;
        }
        left -= one;
    }
    width
}

/// A row: one strip for each line of its highest cell, kept together where a page allows.
fn lay_row(row: &[Cell], widths: &[f32], fonts: &Fonts) -> Vec<Strip> {
    let mut strips: Vec<Strip> = Vec::new();
    let (mut column, mut x) = (0, 0.0);
    for cell in row {
        let end = (column + cell.span).min(widths.len());
        let inner = widths[column..end].iter().sum::<f32>() + GUTTER * (cell.span - 1) as f32;
        if !cell.text.is_blank() {
            let lines = cell.text.lines(fonts, inner + 0.01, cell.style.dir);
            for (index, line) in lines.iter().enumerate() {
                strips.resize(strips.len().max(index + 1), Strip::default());
                merge(&mut strips[index], text_strip(line, cell.style, inner), x);
            }
        }
        x += inner + GUTTER;
        column = end;
    }
    let last = strips.len().saturating_sub(1);
    for (index, strip) in strips.iter_mut().enumerate() {
        strip.keep = index < last;
    }
    if let Some(first) = strips.first_mut() {
        first.gap = 1.5;
    }
    strips
}

fn merge(into: &mut Strip, from: Strip, x: f32) {
    into.height = into.height.max(from.height);
    into.marks.extend(from.marks.into_iter().map(|mark| match mark {
        Mark::Text(left, base, run) => Mark::Text(left + x, base, run),
        fill @ Mark::Fill(_) => fill,
    }));
}
