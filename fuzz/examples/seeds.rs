//! Writes the seeds of every target below `fuzz/corpus/`, from the cases of the project's corpus.

use std::path::Path;

use portcullis_fuzz::seeds;

fn main() -> std::io::Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cases = seeds::Cases::read(&here.join("../corpus"));
    for (target, inputs) in [
        ("parse", cases.documents()),
        ("pattern", cases.patterns()),
        ("condition", cases.conditions()),
        ("decision", cases.decisions()),
    ] {
        let folder = here.join("corpus").join(target);
        std::fs::create_dir_all(&folder)?;
        for (number, input) in inputs.iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{number:04}")), input)?;
        }
        println!("{target}: {} seeds", inputs.len());
    }
    Ok(())
}
