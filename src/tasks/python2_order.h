#pragma once
// Sums of doubles depend on their order, and ev.py adds in the order of a Python 2 dictionary. This is that order.
#include <cstddef>
#include <string>
#include <vector>

namespace polyclinic {

// The order in which a 64-bit CPython 2.7 dict (no hash randomisation) yields distinct string keys that were inserted
// one after the other. Returns indices into `keys`. Source: CPython 2.7 Objects/stringobject.c, Objects/dictobject.c.
std::vector<std::size_t> python2_dict_order(const std::vector<std::string>& keys);

}  // namespace polyclinic
