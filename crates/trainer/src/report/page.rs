//! The two forms of a report. Whatever stands in it, names of columns and paths among them, is text and never markup.

use std::fmt::Write as _;

/// A part of a report.
pub(crate) enum Part {
    /// Title of what follows.
    Heading(&'static str),
    /// Sentences.
    Paragraph(String),
    /// Cells of text.
    Table {
        /// Above each column.
        titles: Vec<&'static str>,
        /// Each as long as the titles.
        rows: Vec<Vec<String>>,
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

const STYLE: &str = "\
:root{color-scheme:light dark;--line:#c9c9c9;--soft:#f3f3f3}\
@media(prefers-color-scheme:dark){:root{--line:#555;--soft:#222}}\
body{font:1rem/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;overflow-wrap:break-word}\
.wide{overflow-x:auto}table{border-collapse:collapse;margin:1rem 0}\
th,td{border:1px solid var(--line);padding:.3rem .6rem;text-align:left;vertical-align:top}\
th[scope=col]{background:var(--soft)}\
figure{display:inline-block;vertical-align:top;margin:1rem 1rem 1rem 0;max-width:100%}\
figure svg{max-width:100%;height:auto}figcaption{max-width:460px;font-size:.9rem}";

/// In Markdown.
pub(crate) fn markdown(title: &str, parts: &[Part]) -> String {
    let mut text = format!("# {}\n", plain(title));
    for part in parts {
        match part {
            Part::Heading(heading) => {
                let _ = write!(text, "\n## {heading}\n");
            }
            Part::Paragraph(paragraph) => {
                let _ = write!(text, "\n{}\n", plain(paragraph));
            }
            Part::Table { titles, rows } => {
                let _ = write!(text, "\n| {} |\n|{}\n", titles.join(" | "), " --- |".repeat(titles.len()));
                for row in rows {
                    let cells: Vec<String> = row.iter().map(|cell| plain(cell)).collect();
                    let _ = writeln!(text, "| {} |", cells.join(" | "));
                }
            }
            Part::Picture { caption, file, .. } => {
                let _ = write!(text, "\n![{}](<{file}>)\n", plain(caption));
            }
        }
    }
    text
}

/// As a page.
pub(crate) fn html(title: &str, parts: &[Part]) -> String {
    let title = escaped(title);
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
    );
    for part in parts {
        match part {
            Part::Heading(heading) => {
                let _ = writeln!(text, "<h2>{}</h2>", escaped(heading));
            }
            Part::Paragraph(paragraph) => {
                let _ = writeln!(text, "<p>{}</p>", escaped(paragraph));
            }
            Part::Table { titles, rows } => {
                text.push_str("<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr>");
                for title in titles {
                    let _ = write!(text, "<th scope=\"col\">{}</th>", escaped(title));
                }
                text.push_str("</tr></thead>\n<tbody>\n");
                for row in rows {
                    text.push_str("<tr>");
                    for (place, cell) in row.iter().enumerate() {
                        let cell = escaped(cell);
                        let _ = match (place, row.len()) {
                            (0, 2..) => write!(text, "<th scope=\"row\">{cell}</th>"),
                            _ => write!(text, "<td>{cell}</td>"),
                        };
                    }
                    text.push_str("</tr>\n");
                }
                text.push_str("</tbody>\n</table></div>\n");
            }
            Part::Picture { svg, caption, .. } => {
                let caption = escaped(caption);
                let _ = writeln!(text, "<figure>{svg}<figcaption>{caption}</figcaption></figure>");
            }
        }
    }
    text.push_str("</main>\n</body>\n</html>\n");
    text
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
        let parts = [Part::Paragraph("![x](y) & @all".into()), Part::Table { titles: vec!["a", "b"], rows }];
        let markdown = markdown("T", &parts);
        assert!(markdown.contains("| &lt;script>\\|x\\| | a b |"), "{markdown}");
        assert!(markdown.contains("!\\[x\\](y) &amp; \\@all"), "{markdown}");
        let html = html("<T>", &parts);
        assert!(html.contains("<th scope=\"row\">&lt;script&gt;|x|</th>"), "{html}");
        assert!(!html.contains("<script") && !html.contains("http"), "{html}");
    }
}
