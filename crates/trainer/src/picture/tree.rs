//! A binary tree from the top down.

use super::{CHARACTER, COLOURS, Drawing, shortened};

/// Room for a leaf, and for a level.
const CELL: f64 = 144.0;
const LEVEL: f64 = 64.0;
const TOP: f64 = 48.0;
/// Height of the box around a node.
const BOX: f64 = 22.0;

/// A tree with its title.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) title: String,
    pub(crate) root: TreeNode,
}

/// A node: what it asks, and where yes and no lead to; or what it answers.
#[derive(Debug)]
pub(crate) struct TreeNode {
    label: String,
    children: Option<Box<[TreeNode; 2]>>,
}

impl TreeNode {
    pub(crate) fn leaf(label: String) -> Self {
        Self { label, children: None }
    }

    pub(crate) fn split(label: String, children: [Self; 2]) -> Self {
        Self { label, children: Some(Box::new(children)) }
    }

    fn leaves(&self) -> usize {
        self.children.as_ref().map_or(1, |children| children.iter().map(Self::leaves).sum())
    }

    fn depth(&self) -> usize {
        self.children.as_ref().map_or(0, |children| 1 + children.iter().map(Self::depth).max().unwrap_or(0))
    }
}

impl Tree {
    /// The SVG element.
    pub(crate) fn svg(&self) -> String {
        let width = CELL * self.root.leaves() as f64 + 10.0;
        let height = TOP + LEVEL * self.root.depth() as f64 + 20.0;
        let mut drawing = Drawing::new(width.max(320.0), height, &self.title);
        drawing.heading(5.0, &self.title);
        draw(&mut drawing, &self.root, 5.0, 0);
        drawing.finish()
    }
}

/// Draws a node over its leaves, which begin at `left`; gives its middle.
fn draw(drawing: &mut Drawing, node: &TreeNode, left: f64, depth: usize) -> f64 {
    let middle = left + CELL * node.leaves() as f64 / 2.0;
    let y = TOP + LEVEL * depth as f64;
    if let Some(children) = &node.children {
        let mut start = left;
        for (child, answer) in children.iter().zip(["yes", "no"]) {
            let below = draw(drawing, child, start, depth + 1);
            drawing.line([middle, y + BOX / 2.0], [below, y + LEVEL - BOX / 2.0], 0.5);
            drawing.text([(middle + below) / 2.0, y + LEVEL / 2.0 + 4.0], "middle", answer);
            start += CELL * child.leaves() as f64;
        }
    }
    // The fewest leaves below a split are two.
    let room = if node.children.is_some() { 2.0 * CELL } else { CELL } - 8.0;
    let label = shortened(&node.label, ((room - 12.0) / CHARACTER) as usize);
    let width = CHARACTER * label.chars().count() as f64 + 14.0;
    let strength = if node.children.is_some() { "0.07" } else { "0.25" };
    let fill = format!("{}\" rx=\"5\" fill-opacity=\"{strength}", COLOURS[0]);
    drawing.rectangle(middle - width / 2.0, y - BOX / 2.0, width, BOX, &fill, &node.label);
    drawing.text_on([middle, y + 4.0], &label);
    middle
}
