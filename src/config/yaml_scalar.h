#pragma once
// YAML 1.1 typing of plain scalars: as OmegaConf 2.3 loads them, and as stock PyYAML would (which decides quoting).
#include <string_view>

#include "config/scalar.h"

namespace polyclinic {

// What a plain (unquoted) scalar of a file is. *reserved: a plain "=" or "<<", which has no value.
Scalar yaml_plain_scalar(std::string_view text, bool* reserved);

// Stock YAML 1.1 would read this plain text as something that is not a string (timestamps, "=" and "<<" included).
bool yaml_is_special(std::string_view text);

// The value of an explicitly tagged scalar (!!int "7"); false when the text does not fit the tag.
bool yaml_tagged_scalar(std::string_view tag, std::string_view text, Scalar* value);

}  // namespace polyclinic
