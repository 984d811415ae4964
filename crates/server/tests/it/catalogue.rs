//! Which model, version or alias a request finds.

use std::sync::Arc;

use server::catalogue::{Catalogue, Selector};
use server::state::{Limits, Served};

use crate::stubs;

fn served() -> Served {
    Served::new(Arc::new(stubs::boston()), None, None, &Limits::default()).unwrap()
}

#[test]
fn one_model_is_found_by_its_name_or_by_none_and_nothing_else_is() {
    let catalogue = Catalogue::of_one(served());
    let (name, version) = (stubs::boston().name().to_owned(), served().version());
    let check = |model: Option<&str>, selector: Option<Selector>, expected: Result<u64, &str>| {
        let found = catalogue.find(model, selector.as_ref());
        let found = found.map(|served| served.version()).map_err(|error| error.to_string());
        assert_eq!(found, expected.map_err(str::to_owned), "{model:?} {selector:?}");
    };
    check(None, None, Ok(version));
    check(Some(&name), None, Ok(version));
    check(Some(&name), Some(Selector::Version(version)), Ok(version));
    check(None, Some(Selector::Version(version)), Ok(version));
    check(Some("iris"), None, Err(&format!("No model \"iris\"; there is: {name}")));
    check(Some(&name), Some(Selector::Version(99)), Err(&format!("No version \"99\"; there is: {version}")));
    check(None, Some(Selector::Alias("champion".into())), Err("No alias \"champion\"; there is none"));
}
