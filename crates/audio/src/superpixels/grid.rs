//! An image's cells and their neighbours.

use std::collections::HashMap;

/// The cells of an image: cell `column * rows + row`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grid {
    pub(super) columns: usize,
    pub(super) rows: usize,
}

impl Grid {
    pub(super) fn len(self) -> usize {
        self.columns * self.rows
    }

    /// Every pair of cells that share an edge, each once.
    pub(super) fn pairs(self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.len()).flat_map(move |cell| {
            let above = (cell % self.rows + 1 < self.rows).then_some((cell, cell + 1));
            let right = (cell + self.rows < self.len()).then_some((cell, cell + self.rows));
            above.into_iter().chain(right)
        })
    }
}

/// Sets of cells that grow together.
#[derive(Debug, Clone)]
pub(super) struct Sets {
    parent: Vec<u32>,
    size: Vec<u32>,
}

impl Sets {
    pub(super) fn new(len: usize) -> Self {
        Self {
            parent: (0..len as u32).collect(),
            size: vec![1; len],
        }
    }

    /// The cell that stands for the set of `cell`.
    pub(super) fn root(&mut self, cell: usize) -> usize {
        let mut at = cell;
        while self.parent[at] as usize != at {
            let above = self.parent[at] as usize;
            self.parent[at] = self.parent[above];
            at = above;
        }
        at
    }

    pub(super) fn size(&self, root: usize) -> usize {
        self.size[root] as usize
    }

    /// Joins two sets, given by their roots, and returns the new root.
    pub(super) fn join(&mut self, a: usize, b: usize) -> usize {
        let (large, small) = if self.size[a] >= self.size[b] {
            (a, b)
        } else {
            (b, a)
        };
        self.parent[small] = large as u32;
        self.size[large] += self.size[small];
        large
    }
}

/// Joins the smallest set with the neighbour of the most similar mean level, again and again, while it has fewer than
/// `least` cells or there are more than `most` sets. Returns the sets as labels from 0, by first appearance.
pub(super) fn merged(
    grid: Grid,
    levels: &[f32],
    mut sets: Sets,
    least: usize,
    most: usize,
) -> Vec<u32> {
    let roots: Vec<usize> = (0..grid.len()).map(|cell| sets.root(cell)).collect();
    let mut sums: HashMap<usize, f64> = HashMap::new();
    for (cell, root) in roots.iter().enumerate() {
        *sums.entry(*root).or_default() += f64::from(levels[cell]);
    }
    // Neighbours as lists that are cleaned of joined sets when they are read.
    let mut neighbours: HashMap<usize, Vec<usize>> = HashMap::new();
    for (a, b) in grid.pairs() {
        let (a, b) = (roots[a], roots[b]);
        if a != b {
            neighbours.entry(a).or_default().push(b);
            neighbours.entry(b).or_default().push(a);
        }
    }
    for list in neighbours.values_mut() {
        list.sort_unstable();
        list.dedup();
    }
    let mut queue: std::collections::BTreeSet<(usize, usize)> =
        sums.keys().map(|&root| (sets.size(root), root)).collect();
    while let Some(&(size, root)) = queue.first() {
        if queue.len() == 1 || (size >= least && queue.len() <= most) {
            break;
        }
        let mut around: Vec<usize> = neighbours
            .remove(&root)
            .unwrap_or_default()
            .into_iter()
            .map(|n| sets.root(n))
            .filter(|n| *n != root)
            .collect();
        around.sort_unstable();
        around.dedup();
        let mean = |root: usize, sets: &Sets| sums[&root] / sets.size(root) as f64;
        let own = mean(root, &sets);
        let nearest = around.iter().copied().min_by(|&a, &b| {
            let apart = |n| (mean(n, &sets) - own).abs();
            apart(a).total_cmp(&apart(b)).then(a.cmp(&b))
        });
        let Some(nearest) = nearest else { break };
        queue.remove(&(size, root));
        queue.remove(&(sets.size(nearest), nearest));
        around.extend(neighbours.remove(&nearest).unwrap_or_default());
        let sum = sums[&root] + sums[&nearest];
        let joined = sets.join(root, nearest);
        sums.insert(joined, sum);
        around.retain(|n| *n != root && *n != nearest);
        neighbours.insert(joined, around);
        queue.insert((sets.size(joined), joined));
    }
    let mut names: HashMap<usize, u32> = HashMap::new();
    (0..grid.len())
        .map(|cell| {
            let root = sets.root(cell);
            let next = names.len() as u32;
            *names.entry(root).or_insert(next)
        })
        .collect()
}
