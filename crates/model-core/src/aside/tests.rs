use std::fs::FileTimes;
use std::process::{Command, id};
use std::time::SystemTime;

use tempfile::TempDir;

use super::*;

/// The number of a process that has ended.
fn dead() -> u32 {
    let mut child = Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    child.id()
}

fn names(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_file_is_there_as_a_whole_or_not_at_all() {
    let folder = TempDir::new().unwrap();
    let place = folder.path().join("models.json");
    Aside::write(&place, b"one").unwrap();
    let mut aside = Aside::create(&place).unwrap();
    aside.fill(b"two").unwrap();
    assert_eq!(aside.path(), folder.path().join(format!("models.json.{}.tmp", id())));
    assert_eq!(fs::read(&place).unwrap(), b"one");
    drop(aside);
    assert_eq!(names(&folder), ["models.json"]);
    Aside::write(&place, b"3").unwrap();
    assert_eq!((fs::read(&place).unwrap(), names(&folder).len()), (b"3".to_vec(), 1));
    assert!(Aside::write(&folder.path().join("none/models.json"), b"").is_err());
}

#[test]
fn threads_that_write_one_file_take_turns() {
    let folder = TempDir::new().unwrap();
    let place = folder.path().join("models.json");
    std::thread::scope(|scope| {
        for byte in b'a'..b'e' {
            let place = &place;
            scope.spawn(move || (0..20).for_each(|_| Aside::write(place, &[byte; 5000]).unwrap()));
        }
    });
    let text = fs::read(&place).unwrap();
    assert!(text.len() == 5000 && text.iter().all(|byte| *byte == text[0]));
    assert_eq!(names(&folder), ["models.json"]);
}

#[test]
fn what_the_dead_left_is_removed_and_what_the_living_write_is_not() {
    let folder = TempDir::new().unwrap();
    let (dead, alive) = (dead(), std::os::unix::process::parent_id());
    let write = |name: String, is_old: bool| {
        let file = File::create(folder.path().join(&name)).unwrap();
        if is_old {
            file.set_times(FileTimes::new().set_modified(SystemTime::now() - 2 * OLD)).unwrap();
        }
        (name, file)
    };
    let left = [
        write(format!("models.json.{dead}.tmp"), false),
        write(format!("models.{dead}.tmp"), false),
        write(format!("boston-v3-20261121T081500Z.{dead}.tmp"), false),
        write(format!("boston-v3-20261121T081500Z.canopy.{dead}.tmp"), false),
        write(format!("boston-v3-20261121T081500Z.rows.{dead}.tmp"), false),
        write(format!("here.txt.{dead}.tmp"), false),
        write("models.json.4294967295.tmp".into(), false),
        write(format!("iris-v1-20261121T081500Z.canopy.{alive}.tmp"), true),
        write(".push.tmp".into(), true),
        write(".models.json.tmp".into(), true),
        write("boston-v3-20261121T081500Z.rows.tmp".into(), true),
    ];
    drop(left);
    let kept = [
        write(format!("iris-v2-20261121T081500Z.canopy.{alive}.tmp"), false),
        write("iris-v2-20261121T081500Z.rows.tmp".into(), false),
        // Of others, whoever they are.
        write(format!("there.txt.{dead}.tmp"), true),
        write(format!("notes-v2.{dead}.tmp"), true),
        write(format!("here.txt.x{dead}.tmp"), true),
        write("4711.tmp".into(), true),
        write("models.json".into(), true),
    ];
    // A writer whose process this one does not see, as in another container.
    let held = write(format!("taxi-v1-20261121T081500Z.canopy.{dead}.tmp"), true);
    held.1.lock().unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("models.json", folder.path().join(format!("link.{dead}.tmp"))).unwrap();

    drop(Aside::create(&folder.path().join("here.txt")).unwrap());
    let mut expected: Vec<_> = kept.iter().map(|(name, _)| name.clone()).collect();
    expected.extend([held.0.clone(), format!("link.{dead}.tmp")]);
    expected.sort();
    assert_eq!(names(&folder), expected);

    // When it has ended, its file goes.
    drop(held);
    drop(Aside::create(&folder.path().join("here.txt")).unwrap());
    assert_eq!(names(&folder).len(), expected.len() - 1);
}

#[test]
fn a_host_is_part_of_the_name() {
    let check = |name: &str, own: &str, host: &str, expected: Option<Option<u32>>| {
        assert_eq!(writer(name, own, host), expected, "{name} {own} {host}");
    };
    check("a.shard.node-1.7.tmp", "a.shard", "node-1", Some(Some(7)));
    check("a.shard.node-1.7.tmp", "a.shard", "node-2", None);
    check("a.shard.node-1.7.tmp", "b.shard", "node-1", None);
    check("a.shard.7.tmp", "a.shard", "node-1", Some(Some(7)));
    let folder = TempDir::new().unwrap();
    let aside = Aside::create_as(&folder.path().join("a.shard"), "node-1").unwrap();
    assert_eq!(names(&folder), [format!("a.shard.node-1.{}.tmp", id())]);
    drop(aside);
}
