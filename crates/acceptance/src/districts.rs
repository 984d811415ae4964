//! Synthetic districts of a land with a coast: what the house prices of a state look like, inland and by the sea.
//!
//! The columns are those of a well-known table of Californian districts. Near the sea incomes are higher, houses older, and a home costs
//! more than income alone explains.

use crate::draw::Draw;

/// Where districts lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// More than 40 km from the sea.
    Inland,
    /// At most 40 km from it.
    Coast,
}

/// A table of `rows` districts, with a header. The same seed gives the same bytes on every machine.
pub fn districts(place: Place, rows: usize, seed: u64) -> String {
    let mut draw = Draw::seeded(seed);
    let mut text = String::from(
        "longitude,latitude,housing_median_age,total_rooms,median_income,ocean_proximity,median_house_value\n",
    );
    for _ in 0..rows {
        let from_sea = match place {
            Place::Inland => draw.between(40.0, 320.0),
            Place::Coast => draw.between(0.0, 40.0),
        };
        let latitude = draw.between(33.0, 41.0);
        // The coast runs from the south-east to the north-west.
        let longitude = -117.3 - (latitude - 33.0) * 0.85 + from_sea / 90.0;
        let near = 1.0 - from_sea / 320.0;
        let age = (22.0 + 12.0 * near + 9.0 * draw.noise()).clamp(1.0, 52.0).round();
        let income = (2.4 + 2.2 * near * near + 1.1 * draw.noise()).clamp(0.5, 15.0);
        let rooms = (2600.0 + 900.0 * draw.noise()).max(60.0).round();
        let ocean = match from_sea {
            near if near < 10.0 => "NEAR OCEAN",
            near if near < 60.0 => "<1H OCEAN",
            _ => "INLAND",
        };
        let value = (12_000.0 + 31_000.0 * income + 90_000.0 * near * near * near + 18_000.0 * draw.noise())
            .max(15_000.0);
        text.push_str(&format!(
            "{longitude:.2},{latitude:.2},{age},{rooms},{income:.4},{ocean},{}\n",
            value.round()
        ));
    }
    text
}
