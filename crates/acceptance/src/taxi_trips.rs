//! Synthetic taxi trips: the 21 columns of the trip records of a city, for March 2019, with their gaps and outliers.
//!
//! Zones lie on rings around a centre, the popular ones inside. How far a trip goes follows from its two zones, how
//! long it takes from the way and the traffic.

use jiff::ToSpan;
use jiff::civil::{DateTime, date};

use crate::draw::Draw;

const SEED: u64 = 201_903;
const YELLOW_TRIPS: usize = 3400;
const GREEN_TRIPS: usize = 600;
/// Zones 1 to 263 are on the map; 264 and 265 stand for an unknown place.
const MAPPED_ZONES: i64 = 263;
const UNKNOWN_ZONES: [i64; 2] = [264, 265];

const COLUMNS: [&str; 21] = [
    "VendorID",
    "tpep_pickup_datetime",
    "tpep_dropoff_datetime",
    "passenger_count",
    "trip_distance",
    "RatecodeID",
    "store_and_fwd_flag",
    "PULocationID",
    "DOLocationID",
    "payment_type",
    "fare_amount",
    "extra",
    "mta_tax",
    "tip_amount",
    "tolls_amount",
    "improvement_surcharge",
    "total_amount",
    "congestion_surcharge",
    "color",
    "ehail_fee",
    "trip_type",
];

/// The file's bytes.
///
/// # Errors
/// When the rows cannot be written as CSV.
pub fn taxi_trips() -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    let mut draw = Draw::seeded(SEED);
    for index in 0..YELLOW_TRIPS + GREEN_TRIPS {
        writer.write_record(trip(&mut draw, index >= YELLOW_TRIPS))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

fn trip(draw: &mut Draw, green: bool) -> [String; 21] {
    let from = zone(draw);
    // Who starts at an unknown place mostly ends at one.
    let to = if UNKNOWN_ZONES.contains(&from) && draw.happens(0.7) { from } else { zone(draw) };
    let miles = (way(from, to) * draw.between(0.85, 1.25) + 0.3).max(0.1);
    let pickup = pickup(draw);
    let minutes = minutes(draw, miles);
    let dropoff = pickup + ((minutes * 60.0) as i64).seconds();

    let fare = 2.5 + (2.0 * (1.25 * miles + 0.25 * minutes.min(90.0))).round() / 2.0;
    let extra = *draw.one(&[0.0, 0.0, 0.5, 1.0]);
    let by_card = draw.happens(0.7);
    let tip = if by_card { fare * 0.2 } else { 0.0 };
    let tolls = if miles > 9.0 && draw.happens(0.4) { 5.76 } else { 0.0 };
    let congestion = if green { 0.0 } else { 2.5 };
    let passengers = if draw.happens(0.015) {
        0
    } else if draw.happens(0.73) {
        1
    } else {
        draw.whole(2, 6)
    };
    let trip_type = match green {
        true if draw.happens(0.9) => "1.0",
        true => "2.0",
        false => "",
    };

    [
        if draw.happens(0.66) { 2 } else { 1 }.to_string(),
        stamp(pickup),
        stamp(dropoff),
        passengers.to_string(),
        float(miles),
        if draw.happens(0.95) { 1 } else { draw.whole(2, 5) }.to_string(),
        if draw.happens(0.004) { "Y" } else { "N" }.to_owned(),
        from.to_string(),
        to.to_string(),
        if by_card { 1 } else { 2 }.to_string(),
        float(fare),
        float(extra),
        float(0.5),
        float(tip),
        float(tolls),
        float(0.3),
        float(fare + extra + 0.5 + tip + tolls + 0.3 + congestion),
        float(congestion),
        if green { "green" } else { "yellow" }.to_owned(),
        String::new(),
        trip_type.to_owned(),
    ]
}

/// Most trips start and end in a few dozen popular zones.
fn zone(draw: &mut Draw) -> i64 {
    if draw.happens(0.02) {
        return *draw.one(&UNKNOWN_ZONES);
    }
    let popularity = draw.unit() * draw.unit() * draw.unit();
    // 97 is prime to 263, so each rank of popularity has a zone of its own.
    ((popularity * MAPPED_ZONES as f64) as i64 * 97 + 160) % MAPPED_ZONES + 1
}

/// Miles between two zones.
fn way(from: i64, to: i64) -> f64 {
    if UNKNOWN_ZONES.contains(&from) || UNKNOWN_ZONES.contains(&to) {
        return 2.5;
    }
    let ((x, y), (u, v)) = (position(from), position(to));
    ((x - u) * (x - u) + (y - v) * (y - v)).sqrt()
}

/// Miles east and north of the centre: the rank of popularity sets the ring, the corner of the ring goes round in steps.
fn position(zone: i64) -> (f64, f64) {
    const CORNERS: [(f64, f64); 8] = [
        (1.0, 0.0),
        (0.6, 0.8),
        (-0.28, 0.96),
        (-0.8, 0.6),
        (-1.0, 0.0),
        (-0.6, -0.8),
        (0.28, -0.96),
        (0.8, -0.6),
    ];
    // The inverse of `zone`: 97 * 122 = 45 * 263 - 1, so -122 undoes 97.
    let rank = ((zone - 161) * -122).rem_euclid(MAPPED_ZONES);
    let radius = 0.4 + 13.0 * rank as f64 / MAPPED_ZONES as f64;
    let (east, north) = CORNERS[(rank % 8) as usize];
    (radius * east, radius * north)
}

/// How long a trip takes: a few end at once, a few meters run on for hours.
fn minutes(draw: &mut Draw, miles: f64) -> f64 {
    if draw.happens(0.012) {
        return draw.between(0.0, 0.98);
    }
    if draw.happens(0.009) {
        return if draw.happens(0.4) { draw.between(1380.0, 1439.0) } else { draw.between(61.0, 110.0) };
    }
    let slowness = (1.0 + 0.45 * draw.noise()).max(0.3);
    (2.5 + 4.2 * miles / (1.0 + 0.06 * miles) * slowness).clamp(1.05, 59.9)
}

fn pickup(draw: &mut Draw) -> DateTime {
    let day = draw.whole(1, 31) as i8;
    let hour = draw.whole(0, 23).max(draw.whole(0, 23)) as i8;
    date(2019, 3, day).at(hour, draw.whole(0, 59) as i8, draw.whole(0, 59) as i8, 0)
}

fn stamp(time: DateTime) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Two decimals at most, one at least: `1.6`, `0.79`, `7.0`.
fn float(value: f64) -> String {
    let text = format!("{value:.2}");
    text.strip_suffix('0').map_or(text.clone(), str::to_owned)
}
