#pragma once
// Sums of doubles depend on their order, and ev.py adds in the order of a Python 2 dictionary. This is that order.
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace polyclinic {

// The order in which a 64-bit CPython 2.7 dict (no hash randomisation) yields distinct string keys that were inserted
// one after the other. Returns indices into `keys`. Source: CPython 2.7 Objects/stringobject.c, Objects/dictobject.c.
std::vector<std::size_t> python2_dict_order(const std::vector<std::string>& keys);

// The places of `keys` in the order that sorted(..., reverse=True) leaves, which for NaN depends on how it sorts (runs,
// and binary insertion into lists of fewer than 64 items). Nothing where a longer list would have to merge runs.
std::optional<std::vector<std::size_t>> python2_descending(const std::vector<double>& keys);

}  // namespace polyclinic
