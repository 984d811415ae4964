//! A binary tree from the top down.

use super::{Drawing, shortened};

const CELL: f64 = 118.0;
const LEVEL: f64 = 64.0;
const TOP: f64 = 44.0;
const CHARACTERS: usize = 19;

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
        drawing.text([5.0, 14.0], "start", &self.title);
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
            drawing.line([middle, y + 7.0], [below, y + LEVEL - 14.0], 0.5);
            drawing.text([(middle + below) / 2.0 + 4.0, y + LEVEL / 2.0], "start", answer);
            start += CELL * child.leaves() as f64;
        }
    }
    drawing.text([middle, y + 4.0], "middle", &shortened(&node.label, CHARACTERS));
    middle
}
