//! What places are called: the nearest of 145,000 cities of GeoNames (CC BY 4.0), by `reverse_geocoder`.

use std::sync::OnceLock;

use isocountry::CountryCode;
use reverse_geocoder::ReverseGeocoder;

/// Farther from the nearest city than this, and a place has no name: 60 km on the sphere of radius one, squared.
const MOST: f64 = (60.0 / 6371.0) * (60.0 / 6371.0);

/// City and country: "Lisbon, Portugal". The table is read when the first name is asked for, and kept.
pub fn place_name(latitude: f64, longitude: f64) -> Option<String> {
    static CITIES: OnceLock<ReverseGeocoder> = OnceLock::new();
    let nearest = CITIES.get_or_init(ReverseGeocoder::new).search((latitude, longitude));
    let city = nearest.record;
    let country = CountryCode::for_alpha2(&city.cc).map_or(city.cc.as_str(), |code| code.name());
    (nearest.distance < MOST).then(|| format!("{}, {country}", city.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_the_name_of_the_nearest_city() {
        assert_eq!(place_name(38.7138, -9.1394).as_deref(), Some("Lisbon, Portugal"));
        assert_eq!(place_name(54.352, 18.6466).as_deref(), Some("Gdansk, Poland"));
        assert_eq!(place_name(35.6895, 139.6917).as_deref(), Some("Tokyo, Japan"));
        assert_eq!(place_name(0.0, -30.0), None, "in the middle of the ocean");
    }
}
