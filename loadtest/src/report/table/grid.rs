//! Columns side by side, and below each other when there are too many.

/// Room for the labels of rows.
pub(super) const LABEL_CHARS: usize = 14;

/// Columns beyond go to the next block: what a terminal shows without breaking lines, more or less.
const LINE_CHARS_MAX: usize = 100;

/// Blanks between columns.
const GAP_CHARS: usize = 2;

/// So wide is a column at least, that short ones stand below each other in all blocks.
const COLUMN_CHARS_MIN: usize = 8;

/// A name and a cell for each row.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) cells: Vec<String>,
}

impl Column {
    fn chars(&self) -> usize {
        let texts = self.cells.iter().chain([&self.name]);
        let widest = texts.map(|text| text.chars().count()).max().unwrap_or(0);
        widest.max(COLUMN_CHARS_MIN) + GAP_CHARS
    }
}

/// Labels on the left, columns flush right below their names; no line for the names if there are none.
pub(super) fn grid(rows: &[String], columns: &[Column]) -> String {
    let blocks: Vec<String> =
        blocks(columns).into_iter().map(|columns| block(rows, columns)).collect();
    blocks.join("\n")
}

/// As many columns in each as fit, and at least one.
fn blocks(columns: &[Column]) -> Vec<&[Column]> {
    let mut blocks = Vec::new();
    let mut rest = columns;
    while !rest.is_empty() {
        let mut used = LABEL_CHARS;
        let fit = rest.iter().take_while(|column| {
            used += column.chars();
            used <= LINE_CHARS_MAX
        });
        let (block, others) = rest.split_at(fit.count().max(1));
        blocks.push(block);
        rest = others;
    }
    blocks
}

fn block(rows: &[String], columns: &[Column]) -> String {
    let mut out = String::new();
    let mut line = |label: &str, text_of: &dyn Fn(&Column) -> String| {
        let mut line = format!("{label:LABEL_CHARS$}");
        for column in columns {
            line += &format!("{:>width$}", text_of(column), width = column.chars());
        }
        out += line.trim_end();
        out.push('\n');
    };
    if columns.iter().any(|column| !column.name.is_empty()) {
        line("", &|column| column.name.clone());
    }
    for (n, label) in rows.iter().enumerate() {
        line(label, &|column| column.cells.get(n).cloned().unwrap_or_default());
    }
    out
}
