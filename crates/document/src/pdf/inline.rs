//! Text inside a block: collecting it, breaking it into lines, ordering each line for the eye.

use std::ops::Range;

use unicode_bidi::{BidiInfo, Level};
use unicode_script::{Script, UnicodeScript};

use super::dom::{Element, Node};
use super::face::Fonts;
use super::shape::{Run, Shaped, shape};
use super::style::{Dir, Style};

/// Opens and closes text whose direction must not spill over: `<bdi>`.
const ISOLATE: (char, char) = ('\u{2068}', '\u{2069}');

/// The text of a block with a style for each stretch of it. `<br>` is a line feed.
#[derive(Debug, Default)]
pub struct Inline {
    text: String,
    /// Where each stretch ends, and its style.
    stretches: Vec<(usize, Style)>,
}

/// A line ready to be drawn.
#[derive(Debug, Clone)]
pub struct Line {
    /// Runs from left to right.
    pub runs: Vec<Shaped>,
    /// Sum of the runs' widths.
    pub width: f32,
    /// Size of the largest letters.
    pub size: f32,
    /// Whether the paragraph reads from right to left.
    pub rtl: bool,
}

impl Inline {
    /// Adds text with runs of white space collapsed.
    pub fn push(&mut self, text: &str, style: Style) {
        for letter in text.chars() {
            let space = letter.is_ascii_whitespace();
            let letter = if space { ' ' } else { letter };
            if !(space && (self.text.is_empty() || self.text.ends_with([' ', '\n']))) {
                self.text.push(letter);
            }
        }
        self.stretches.push((self.text.len(), style));
    }

    /// Adds an inline element with all that is in it.
    pub fn push_element(&mut self, element: &Element, style: Style) {
        let style = style.enter(element);
        match element.name.as_str() {
            "br" => return self.push_char('\n', style),
            "bdi" => self.push_char(ISOLATE.0, style),
            _ => {}
        }
        for child in &element.children {
            match child {
                Node::Text(text) => self.push(text, style),
                Node::Element(inner) => self.push_element(inner, style),
            }
        }
        if element.name == "bdi" {
            self.push_char(ISOLATE.1, style);
        }
    }

    fn push_char(&mut self, letter: char, style: Style) {
        self.text.push(letter);
        self.stretches.push((self.text.len(), style));
    }

    /// Whether there is nothing to see.
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Breaks the text into lines no wider than `width`, if clusters allow.
    pub fn lines(&self, fonts: &Fonts, width: f32, dir: Dir) -> Vec<Line> {
        let level = match dir {
            Dir::Ltr => Some(Level::ltr()),
            Dir::Rtl => Some(Level::rtl()),
            Dir::Auto => None,
        };
        let bidi = BidiInfo::new(&self.text, level);
        let mut lines = Vec::new();
        for paragraph in &bidi.paragraphs {
            for line in self.break_lines(fonts, &bidi.levels, paragraph.range.clone(), width) {
                // Lines end before their white space, so no level changes by where they end.
                lines.push(self.set(fonts, &bidi.levels, line, paragraph.level.is_rtl()));
            }
        }
        lines
    }

    /// The widths of the widest word and of the widest paragraph on one line.
    pub fn extent(&self, fonts: &Fonts) -> (f32, f32) {
        let bidi = BidiInfo::new(&self.text, Some(Level::ltr()));
        let measure = |range| self.measure(fonts, &bidi.levels, self.trim(range));
        let word = self.words(0..self.text.len()).map(measure).fold(0.0, f32::max);
        let line =
            bidi.paragraphs.iter().map(|paragraph| measure(paragraph.range.clone())).fold(0.0, f32::max);
        (word, line)
    }

    fn break_lines(
        &self,
        fonts: &Fonts,
        levels: &[Level],
        paragraph: Range<usize>,
        width: f32,
    ) -> Vec<Range<usize>> {
        let mut lines = Vec::new();
        let (mut start, mut used) = (paragraph.start, 0.0);
        for word in self.words(paragraph.clone()) {
            let bare = self.measure(fonts, levels, self.trim(word.clone()));
            if used + bare > width && start < word.start {
                lines.push(self.trim(start..word.start));
                (start, used) = (word.start, 0.0);
            }
            if bare > width {
                for cut in self.cuts(fonts, levels, word.clone(), width) {
                    lines.push(start..cut);
                    start = cut;
                }
                used = self.measure(fonts, levels, start..word.end);
            } else {
                used += self.measure(fonts, levels, word);
            }
        }
        lines.push(self.trim(start..paragraph.end));
        lines
    }

    /// Where to cut a word that is wider than a line.
    fn cuts(&self, fonts: &Fonts, levels: &[Level], word: Range<usize>, width: f32) -> Vec<usize> {
        let mut cuts = Vec::new();
        let mut used = 0.0;
        for run in self.runs(fonts, levels, self.trim(word.clone())) {
            for (offset, advance) in shape(fonts, &self.text, &run).clusters() {
                let at = run.range.start + offset;
                if used + advance > width && at > word.start {
                    cuts.push(at);
                    used = 0.0;
                }
                used += advance;
            }
        }
        cuts
    }

    /// Words with the white space behind them; a hyphen ends a word too.
    fn words(&self, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let text = &self.text[range.clone()];
        let mut start = range.start;
        text.split_inclusive([' ', '-', '\n']).map(move |word| {
            let word = start..start + word.len();
            start = word.end;
            word
        })
    }

    fn trim(&self, range: Range<usize>) -> Range<usize> {
        let text = self.text[range.clone()].trim_end();
        let start = range.start + text.len() - text.trim_start().len();
        start..range.start + text.len()
    }

    fn measure(&self, fonts: &Fonts, levels: &[Level], range: Range<usize>) -> f32 {
        let runs = self.runs(fonts, levels, range);
        runs.iter().map(|run| shape(fonts, &self.text, run).width()).sum()
    }

    fn set(&self, fonts: &Fonts, levels: &[Level], range: Range<usize>, rtl: bool) -> Line {
        let size = self.style_at(range.start).size;
        let runs = self.runs(fonts, levels, range);
        let of_runs: Vec<Level> = runs.iter().map(|run| levels[run.range.start]).collect();
        let order = BidiInfo::reorder_visual(&of_runs);
        let runs: Vec<Shaped> = order.into_iter().map(|at| shape(fonts, &self.text, &runs[at])).collect();
        let width = runs.iter().map(Shaped::width).sum();
        let size = runs.iter().map(|run| run.size).fold(size, f32::max);
        Line { runs, width, size, rtl }
    }

    /// Splits text wherever face, size, script or level changes, in the order of reading.
    /// `levels` holds one level for each byte of the text.
    fn runs(&self, fonts: &Fonts, levels: &[Level], range: Range<usize>) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        let mut last: Option<(Level, Script)> = None;
        for (offset, letter) in self.text[range.clone()].char_indices() {
            let at = range.start + offset;
            if letter.is_control() || letter == ISOLATE.0 || letter == ISOLATE.1 {
                last = None;
                continue;
            }
            let style = self.style_at(at);
            let level = levels.get(at).copied().unwrap_or(Level::ltr());
            let script = letter.script();
            let shared = matches!(script, Script::Common | Script::Inherited);
            let face = fonts.pick(letter, style.bold);
            let end = at + letter.len_utf8();
            if let (Some((level_before, script_before)), Some(run)) = (last, runs.last_mut()) {
                let common = matches!(script_before, Script::Common | Script::Inherited);
                let same_script = shared || common || script == script_before;
                let same_face = run.face == face && run.size == style.size;
                if level == level_before && same_script && same_face {
                    run.range.end = end;
                    last = Some((level, if shared { script_before } else { script }));
                    continue;
                }
            }
            runs.push(Run { range: at..end, face, size: style.size, rtl: level.is_rtl() });
            last = Some((level, script));
        }
        runs
    }

    fn style_at(&self, at: usize) -> Style {
        let index = self.stretches.partition_point(|(end, _)| *end <= at);
        self.stretches.get(index).or(self.stretches.last()).map_or(Style::BODY, |(_, style)| *style)
    }
}
