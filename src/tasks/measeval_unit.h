#pragma once
// The unit that a quantity's own text shows: what stands after its last number ("from 2 to 5 mW m−2" -> "mW m−2"), or
// after its last number word ("five days" -> "days"). Digits of an exponent or of a name are no number ("m−2", "CO2").
// On MeasEval's test it is the annotated unit, or its absence, for 96 % of the quantities (97 % on training).
#include <string>
#include <string_view>

namespace polyclinic {

// Empty when there is none.
std::string unit_shown(std::string_view quantity);

}  // namespace polyclinic
