//! The two forms of a report. Whatever stands in it, names of columns and paths among them, is text and never markup.

use std::fmt::Write as _;

/// A part of a report.
pub(crate) enum Part {
    /// Title of what follows.
    Heading(&'static str),
    /// Sentences.
    Paragraph(String),
    /// Points, one below the other.
    List(Vec<String>),
    /// The few figures that matter most, to be seen first.
    Figures(Vec<Figure>),
    /// Cells of text.
    Table {
        /// Above each column.
        titles: Vec<String>,
        /// Each as long as the titles.
        rows: Vec<Vec<String>>,
    },
    /// What few readers need: a page shows it when it is asked for.
    Folded {
        /// What it is.
        title: String,
        /// Tables and sentences.
        parts: Vec<Part>,
    },
    /// A picture, as an SVG element that was made of escaped text.
    Picture {
        /// The element.
        svg: String,
        /// What it shows, for who cannot see it.
        caption: String,
        /// Name of its file beside a report in Markdown, which cannot hold a picture.
        file: String,
    },
}

/// A figure that stands by itself.
pub(crate) struct Figure {
    /// What it is.
    pub(crate) name: String,
    /// The figure, or a word or two.
    pub(crate) value: String,
    /// What to think of it.
    pub(crate) note: String,
}

impl Part {
    /// Cells of text below titles.
    pub(crate) fn table<T: Into<String>>(
        titles: impl IntoIterator<Item = T>,
        rows: impl IntoIterator<Item = Vec<String>>,
    ) -> Self {
        Self::Table { titles: titles.into_iter().map(Into::into).collect(), rows: rows.into_iter().collect() }
    }
}

const STYLE: &str = include_str!("page.css");
/// Headings from which on a page begins with a list of them.
const MANY: usize = 4;
/// Pixels from which on a picture has a row of its own.
const BROAD: f64 = 480.0;

/// In Markdown.
pub(crate) fn markdown(title: &str, parts: &[Part]) -> String {
    let mut text = format!("# {}\n", plain(title));
    parts.iter().for_each(|part| markdown_part(&mut text, part));
    text
}

fn markdown_part(text: &mut String, part: &Part) {
    let _ = match part {
        Part::Heading(heading) => write!(text, "\n## {heading}\n"),
        Part::Paragraph(paragraph) => write!(text, "\n{}\n", plain(paragraph)),
        Part::List(points) => {
            text.push('\n');
            points.iter().try_for_each(|point| writeln!(text, " - {}", plain(point)))
        }
        Part::Figures(figures) => {
            text.push_str("\n| what | figure | |\n| --- | --- | --- |\n");
            figures.iter().try_for_each(|Figure { name, value, note }| {
                writeln!(text, "| {} | **{}** | {} |", plain(name), plain(value), plain(note))
            })
        }
        Part::Table { titles, rows } => {
            let titles: Vec<String> = titles.iter().map(|title| plain(title)).collect();
            let _ = write!(text, "\n| {} |\n|{}\n", titles.join(" | "), " --- |".repeat(titles.len()));
            rows.iter().try_for_each(|row| {
                let cells: Vec<String> = row.iter().map(|cell| plain(cell)).collect();
                writeln!(text, "| {} |", cells.join(" | "))
            })
        }
        Part::Folded { title, parts } => {
            let _ = write!(text, "\n### {}\n", plain(title));
            parts.iter().for_each(|part| markdown_part(text, part));
            Ok(())
        }
        Part::Picture { caption, file, .. } => write!(text, "\n![{}](<{file}>)\n", plain(caption)),
    };
}

/// As a page.
pub(crate) fn html(title: &str, parts: &[Part]) -> String {
    let title = escaped(title);
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>\n"
    );
    contents(&mut text, parts);
    text.push_str("</header>\n<main>\n");
    html_parts(&mut text, parts);
    text.push_str("</main>\n</body>\n</html>\n");
    text
}

/// Links to the headings, where there are many.
fn contents(text: &mut String, parts: &[Part]) {
    let headings = parts.iter().filter_map(|part| match part {
        Part::Heading(heading) => Some(*heading),
        _ => None,
    });
    if headings.clone().count() < MANY {
        return;
    }
    text.push_str("<nav aria-label=\"On this page\"><ul>");
    for heading in headings {
        let _ = write!(text, "<li><a href=\"#{}\">{}</a></li>", anchor(heading), escaped(heading));
    }
    text.push_str("</ul></nav>\n");
}

/// The address of a heading on its page.
fn anchor(heading: &str) -> String {
    heading
        .chars()
        .map(|letter| if letter.is_alphanumeric() { letter.to_ascii_lowercase() } else { '-' })
        .collect()
}

fn html_parts(text: &mut String, parts: &[Part]) {
    let is_picture = |part: &Part| matches!(part, Part::Picture { .. });
    // Pictures that follow each other stand side by side.
    for group in parts.chunk_by(|one, other| is_picture(one) && is_picture(other)) {
        if is_picture(&group[0]) {
            text.push_str("<div class=\"pictures\">\n");
            group.iter().for_each(|part| html_part(text, part));
            text.push_str("</div>\n");
        } else {
            group.iter().for_each(|part| html_part(text, part));
        }
    }
}

fn html_part(text: &mut String, part: &Part) {
    let _ = match part {
        Part::Heading(heading) => {
            writeln!(text, "<h2 id=\"{}\">{}</h2>", anchor(heading), escaped(heading))
        }
        Part::Paragraph(paragraph) => writeln!(text, "<p>{}</p>", escaped(paragraph)),
        Part::List(points) => {
            text.push_str("<ul>\n");
            points.iter().for_each(|point| {
                let _ = writeln!(text, "<li>{}</li>", escaped(point));
            });
            writeln!(text, "</ul>")
        }
        Part::Figures(figures) => {
            text.push_str("<dl class=\"figures\">\n");
            for Figure { name, value, note } in figures {
                let [name, value, note] = [name, value, note].map(|words| escaped(words));
                let _ = write!(text, "<div><dt>{name}</dt><dd class=\"value\">{value}</dd>");
                let _ = if note.is_empty() { Ok(()) } else { write!(text, "<dd>{note}</dd>") };
                text.push_str("</div>\n");
            }
            writeln!(text, "</dl>")
        }
        Part::Table { titles, rows } => {
            table(text, titles, rows);
            Ok(())
        }
        Part::Folded { title, parts } => {
            let _ = writeln!(text, "<details><summary>{}</summary>", escaped(title));
            html_parts(text, parts);
            writeln!(text, "</details>")
        }
        Part::Picture { svg, caption, .. } => {
            let caption = escaped(caption);
            match is_broad(svg) {
                true => writeln!(
                    text,
                    "<figure class=\"broad\"><div class=\"scroll\" tabindex=\"0\">{svg}</div><figcaption>{caption}</figcaption></figure>"
                ),
                false => writeln!(text, "<figure>{svg}<figcaption>{caption}</figcaption></figure>"),
            }
        }
    };
}

/// Whether a picture says of itself that it is broad.
fn is_broad(svg: &str) -> bool {
    let width = svg.split_once(" width=\"").and_then(|(_, rest)| rest.split('"').next()?.parse::<f64>().ok());
    width.is_some_and(|width| width > BROAD)
}

fn table(text: &mut String, titles: &[String], rows: &[Vec<String>]) {
    let class: Vec<&str> =
        (0..titles.len()).map(|place| if holds_figures(rows, place) { " class=\"n\"" } else { "" }).collect();
    text.push_str("<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr>");
    for (title, class) in titles.iter().zip(&class) {
        let _ = write!(text, "<th scope=\"col\"{class}>{}</th>", escaped(title));
    }
    text.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        text.push_str("<tr>");
        for (place, (cell, class)) in row.iter().zip(&class).enumerate() {
            let cell = escaped(cell);
            let _ = match (place, row.len()) {
                (0, 2..) => write!(text, "<th scope=\"row\"{class}>{cell}</th>"),
                _ => write!(text, "<td{class}>{cell}</td>"),
            };
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</tbody>\n</table></div>\n");
}

/// Whether every cell of a column begins with a number, or is empty, a dash, or null.
fn holds_figures(rows: &[Vec<String>], place: usize) -> bool {
    let begins = |cell: &str| cell.split(' ').next().is_some_and(|word| word.parse::<f64>().is_ok());
    let mut cells = rows
        .iter()
        .filter_map(|row| row.get(place))
        .filter(|cell| !["", "–", "null"].contains(&cell.as_str()))
        .peekable();
    cells.peek().is_some() && cells.all(|cell| begins(cell))
}

pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// Text that Markdown takes for nothing else.
fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' => safe.push(' '),
            '<' => safe.push_str("&lt;"),
            '&' => safe.push_str("&amp;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '#' | '@' => {
                safe.push('\\');
                safe.push(character);
            }
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_markup() {
        let rows = vec![vec!["<script>|x|".to_owned(), "a\nb".to_owned()]];
        let parts = [Part::Paragraph("![x](y) & @all".into()), Part::table(["<a>", "b"], rows)];
        let markdown = markdown("T", &parts);
        assert!(markdown.contains("| &lt;script>\\|x\\| | a b |"), "{markdown}");
        assert!(markdown.contains("!\\[x\\](y) &amp; \\@all"), "{markdown}");
        let html = html("<T>", &parts);
        assert!(html.contains("<th scope=\"row\">&lt;script&gt;|x|</th>"), "{html}");
        assert!(html.contains("<th scope=\"col\">&lt;a&gt;</th>"), "{html}");
        assert!(!html.contains("<script") && !html.contains("http"), "{html}");
    }

    #[test]
    fn figures_stand_below_each_other_and_pictures_side_by_side() {
        let picture = |width| Part::Picture {
            svg: format!("<svg viewBox=\"0 0 9 9\" width=\"{width}\"></svg>"),
            caption: "c".into(),
            file: "f.svg".into(),
        };
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let rows = [row(["a", "1.50 ± 0.20", "1 dozen"]), row(["b", "–", "none"])];
        let figure = Figure { name: "mae".into(), value: "<2>".into(), note: "in $".into() };
        let html = html(
            "T",
            &[
                Part::Figures(vec![figure]),
                Part::table(["x", "y", "z"], rows),
                picture(400),
                picture(500),
                Part::Heading("H h"),
            ],
        );
        assert!(html.contains("<dt>mae</dt><dd class=\"value\">&lt;2&gt;</dd><dd>in $</dd>"), "{html}");
        assert!(html.contains("<td class=\"n\">1.50 ± 0.20</td><td>1 dozen</td>"), "{html}");
        assert_eq!(html.matches("class=\"pictures\"").count(), 1);
        assert_eq!(html.matches("<figure class=\"broad\">").count(), 1);
        assert!(html.contains("<h2 id=\"h-h\">H h</h2>") && !html.contains("<nav"), "{html}");
    }
}
