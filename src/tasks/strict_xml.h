#pragma once
// What Python's XML parser (expat) refuses and pugixml lets pass, so that the same files are refused here as there.
#include <string_view>

#include "core/error.h"

namespace polyclinic {

// InputError, with the line, for: a declaration that is not the file's first character, text or a second element beside
// the root, an entity that is not defined, control characters, "]]>" in text, and bytes that are no UTF-8 where the
// file is declared as such. Of a file in UTF-16 only the declaration is looked at.
void require_strict_xml(std::string_view bytes, const Where& where);

}  // namespace polyclinic
