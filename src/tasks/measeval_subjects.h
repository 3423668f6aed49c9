#pragma once
// Which subject an article of the OA-STM corpus belongs to; MeasEval takes its paragraphs from these 110 articles and
// its scorer's mode `sub` needs to know (source: fileCategories.txt of the MeasEval distribution, CC-BY).
#include <string_view>

namespace polyclinic {

// `article` is a document id up to its first '-', e.g. "S0006322312001096". Empty when it is none of the 110.
std::string_view measeval_subject(std::string_view article);

}  // namespace polyclinic
