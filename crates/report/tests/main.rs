//! Reports of synthetic songs: pages, figures, files.

#[path = "main/contrast.rs"]
mod contrast;
#[path = "main/evaluation_figures.rs"]
mod evaluation_figures;
#[path = "main/figure.rs"]
mod figure;
#[path = "main/files.rs"]
mod files;
#[path = "main/global.rs"]
mod global;
#[path = "main/page.rs"]
mod page;
#[path = "main/synthetic.rs"]
mod synthetic;
