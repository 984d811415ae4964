//! A scheduler and two executors, each a process of its own.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use canopy_datafusion::{ModelFunction, PhysicalCodec, SqlModel, predict_udf};
use datafusion_proto::physical_plan::PhysicalExtensionCodec;
use tempfile::TempDir;

use crate::common::{
    BOSTON, answer, artifact, boston_rows, canopy_sql, failed, folder, succeeded, trainer_predict,
};

/// A process that is ended with the test, and what it said.
struct Process {
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    fn start(arguments: &[&str]) -> Self {
        let mut child = canopy_sql(arguments).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (lines, into) = (BufReader::new(child.stderr.take().unwrap()).lines(), Arc::clone(&said));
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                into.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        Self { child, said }
    }

    fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Rows that an executor says it has answered.
    fn answered(&self) -> u64 {
        let said = self.said();
        let last = said.lines().filter_map(|line| line.strip_suffix(" rows answered")).next_back();
        last.map_or(0, |rows| rows.parse().unwrap())
    }
}

fn free_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port().to_string()
}

/// Waits until something listens there.
fn listening(address: &str, process: &Process) {
    let start = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(start.elapsed() < Duration::from_secs(30), "nothing on {address}: {}", process.said());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A cluster on this machine.
struct Cluster {
    url: String,
    executors: [Process; 2],
    _scheduler: Process,
}

impl Cluster {
    fn start(folder: &TempDir) -> Self {
        let address = format!("127.0.0.1:{}", free_port());
        let scheduler = Process::start(&["scheduler", "--bind", &address]);
        listening(&address, &scheduler);
        let executor = |name: &str| {
            let bind = format!("127.0.0.1:{}", free_port());
            let work = folder.path().join(name);
            std::fs::create_dir(&work).unwrap();
            let arguments =
                ["executor", "--scheduler", &address, "--bind", &bind, "--grpc-port", &free_port()];
            let rest = ["--threads", "1", "--memory-limit", "256MB", "--work-folder", work.to_str().unwrap()];
            (Process::start(&[arguments.as_slice(), &rest].concat()), bind)
        };
        let executors = [executor("first"), executor("second")].map(|(process, bind)| {
            listening(&bind, &process);
            process
        });
        Self { url: format!("df://{address}"), executors, _scheduler: scheduler }
    }

    fn query(
        &self,
        model: &Path,
        table: &Path,
        output: &Path,
        more: &[&str],
        sql: &str,
    ) -> std::process::Output {
        let mut command = canopy_sql(["--scheduler", &self.url, "--partitions", "8", "--model"]);
        command.arg(model).arg("--table").arg(table).arg("--output").arg(output).args(more).arg(sql);
        command.output().unwrap()
    }

    /// Rows that each executor has answered, when they are so many together.
    fn answered(&self, rows: u64) -> [u64; 2] {
        let start = Instant::now();
        loop {
            let answered = self.executors.each_ref().map(Process::answered);
            if answered.iter().sum::<u64>() >= rows {
                return answered;
            }
            let said = self.executors.each_ref().map(Process::said);
            assert!(start.elapsed() < Duration::from_secs(10), "{answered:?} of {rows}: {said:?}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Parquet files with the rows of Boston many times, and what the trainer answers.
fn parts(folder: &TempDir, model: &Path) -> std::path::PathBuf {
    let parts = folder.path().join("parts");
    std::fs::create_dir(&parts).unwrap();
    let data = std::fs::read_to_string(boston_rows(folder)).unwrap();
    let (header, rows) = data.split_once('\n').unwrap();
    let many = folder.path().join("many.csv");
    std::fs::write(&many, format!("{header}\n{}", rows.repeat(20))).unwrap();
    for number in 0..6 {
        trainer_predict(model, &many, &parts.join(format!("{number}.parquet")), &[]);
    }
    parts
}

const ROWS: u64 = 6 * 20 * 506;

#[test]
fn two_executors_answer_as_the_trainer_does() {
    let folder = folder();
    let model = artifact("boston");
    let parts = parts(&folder, &model);
    let cluster = Cluster::start(&folder);
    let output = folder.path().join("scored.parquet");
    let sql = format!("SELECT *, boston({BOSTON}) AS again FROM rows");
    succeeded(cluster.query(&model, &parts, &output, &[], &sql));
    let wrong = "SELECT count(*), count(*) FILTER (WHERE again IS DISTINCT FROM prediction) FROM rows";
    assert_eq!(answer(&model, &output, wrong), format!("{ROWS},0"));
    let answered = cluster.answered(ROWS);
    println!("rows answered by each executor: {answered:?}");
    assert_eq!(answered.iter().sum::<u64>(), ROWS);
    assert!(answered.iter().all(|&rows| rows > 0), "both worked: {answered:?}");

    // Grouped on the cluster; the artifact travels along, so that executors need no file.
    let elsewhere = folder.path().join("elsewhere.canopy");
    std::fs::copy(&model, &elsewhere).unwrap();
    let grouped = folder.path().join("grouped.csv");
    let sql = format!(
        "SELECT count(*) AS n, count(*) FILTER (WHERE prediction IS DISTINCT FROM boston({BOSTON})) AS wrong FROM rows"
    );
    succeeded(cluster.query(&elsewhere, &parts, &grouped, &["--ship-models"], &sql));
    assert_eq!(std::fs::read_to_string(grouped).unwrap(), format!("n,wrong\n{ROWS},0\n"));
}

#[test]
fn what_is_wrong_on_an_executor_is_told_to_the_client() {
    let folder = folder();
    let model = folder.path().join("boston.canopy");
    std::fs::copy(artifact("boston"), &model).unwrap();
    let rows = boston_rows(&folder);
    let cluster = Cluster::start(&folder);
    let output = folder.path().join("scored.parquet");
    let sql = format!(
        "SELECT boston({}) AS p FROM rows",
        BOSTON.replace("\"RM\"", "CASE WHEN \"RM\" > 8 THEN 'many' ELSE '5' END")
    );
    let errors = failed(&cluster.query(&model, &rows, &output, &[], &sql));
    // Ballista quotes what it was told.
    let errors = errors.replace('\\', "");
    assert!(errors.contains("the feature \"RM\": expected a number, got \"many\""), "{errors}");
    assert!(!output.exists());
}

#[test]
fn a_scheduler_that_does_not_answer_is_named() {
    let url = format!("df://127.0.0.1:{}", free_port());
    let errors = failed(&canopy_sql(["--scheduler", &url, "SELECT 1"]).output().unwrap());
    assert!(errors.contains(&format!("the query on the cluster of {url}")), "{errors}");
    assert!(errors.contains("refused"), "{errors}");
}

#[test]
fn a_function_comes_through_the_wire_with_its_own_artifact_or_not_at_all() {
    let folder = folder();
    let path = folder.path().join("model.canopy");
    std::fs::copy(artifact("iris"), &path).unwrap();
    let sent = |model| {
        let mut wire = Vec::new();
        PhysicalCodec::default().try_encode_udf(&predict_udf("flower", model).unwrap(), &mut wire).unwrap();
        wire
    };
    let by_path = sent(SqlModel::read(&path).unwrap());
    let shipped = sent(SqlModel::read_to_ship(&path).unwrap());
    let decoded = |wire: &[u8]| PhysicalCodec::default().try_decode_udf("flower", wire);
    let original = predict_udf("flower", SqlModel::read(&path).unwrap()).unwrap();
    assert_eq!(*decoded(&by_path).unwrap(), original);
    assert_eq!(*decoded(&shipped).unwrap(), original);

    std::fs::copy(artifact("boston"), &path).unwrap();
    let error = decoded(&by_path).unwrap_err().to_string();
    assert!(error.contains("is another artifact than the query was planned with"), "{error}");
    std::fs::remove_file(&path).unwrap();
    assert!(decoded(&by_path).unwrap_err().to_string().contains("cannot read"));
    assert!(decoded(&shipped).is_ok());
    for place in (0..shipped.len()).step_by(shipped.len() / 50) {
        let mut damaged = shipped.clone();
        damaged[place] ^= 1;
        // A flip may also name another thing that can be answered, but never another model.
        if let Ok(function) = decoded(&damaged) {
            let inner: &dyn std::any::Any = function.inner().as_ref();
            assert_eq!(
                inner.downcast_ref::<ModelFunction>().unwrap().model().digest(),
                SqlModel::from_bytes(bytes(&shipped)).unwrap().digest()
            );
        }
    }
}

/// The artifact behind the description.
fn bytes(shipped: &[u8]) -> Vec<u8> {
    let end = shipped.iter().position(|&byte| byte == b'\n').unwrap();
    shipped[end + 1..].to_vec()
}
