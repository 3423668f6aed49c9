// The functions of the override grammar: casts, sweeps and what rearranges them.
#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>

#include "config/override.h"
#include "core/concat.h"
#include "core/random.h"

namespace polyclinic::detail {
namespace {

using Value = OverrideValue;
using Kind = OverrideValue::Kind;
using Args = std::vector<Value>;
using Named = std::vector<std::pair<std::string, Value>>;

[[noreturn]] void refuse(const std::string& why) { throw std::invalid_argument(why); }

Value scalar_value(Scalar scalar) {
  Value v;
  v.scalar = std::move(scalar);
  return v;
}

bool is_plain(const Value& v) { return v.kind == Kind::scalar; }
bool is_number(const Value& v) { return is_plain(v) && v.scalar.is_number(); }
bool is_text(const Value& v) { return is_plain(v) && v.scalar.is_text(); }

// A named argument, taken out of the list.
std::optional<Value> take(Named& named, const std::string& name) {
  std::optional<Value> found;
  for (auto at = named.begin(); at != named.end();) {
    if (at->first == name) {
      found = std::move(at->second);  // the last one wins
      at = named.erase(at);
    } else {
      ++at;
    }
  }
  return found;
}

void expect_no_more(const Named& named) {
  if (!named.empty()) refuse(concat("got an unexpected keyword argument '", named.front().first, "'"));
}

Value simple_choice(Args args) {
  Value v;
  v.kind = Kind::choice;
  v.simple = true;
  v.items = std::move(args);
  return v;
}

// ----------------------------------------------------------------------------------------------------------- casts

Scalar cast_int(const Scalar& s) {
  Scalar out;
  switch (s.kind) {
    case Scalar::Kind::boolean:
      return Scalar::of_integer(s.boolean ? 1 : 0);
    case Scalar::Kind::integer:
      return s;
    case Scalar::Kind::real: {
      if (!std::isfinite(s.real)) refuse("cannot convert inf or nan to int");
      char digits[400];
      std::snprintf(digits, sizeof digits, "%.0f", std::trunc(s.real));
      python_int(digits, &out);
      return out;
    }
    case Scalar::Kind::text:
      if (python_int(s.text, &out)) return out;
      refuse(concat("invalid literal for int(): ", python_quoted(s.text)));
    case Scalar::Kind::null:
      break;
  }
  refuse("null cannot be cast");
}

Scalar cast_float(const Scalar& s) {
  double out = 0;
  if (s.is_number()) return Scalar::of_real(s.as_real());
  if (s.is_null()) refuse("null cannot be cast");
  if (!python_float(s.text, &out)) refuse(concat("could not convert string to float: ", python_quoted(s.text)));
  return Scalar::of_real(out);
}

Scalar cast_str(const Scalar& s) {
  if (s.is_null()) refuse("null cannot be cast");
  if (s.kind == Scalar::Kind::boolean) return Scalar::of_text(s.boolean ? "true" : "false");
  return Scalar::of_text(python_str(s));
}

Scalar cast_bool(const Scalar& s) {
  if (s.is_null()) return Scalar::of(false);  // as Python's bool(None)
  if (s.is_number()) return Scalar::of(s.kind == Scalar::Kind::integer && !s.text.empty() ? true : s.as_real() != 0);
  std::string lower = s.text;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if (lower != "true" && lower != "false") refuse(concat("Cannot cast ", python_quoted(s.text), " to bool"));
  return Scalar::of(lower == "true");
}

using Cast = Scalar (*)(const Scalar&);

Value cast(const Value& value, Cast function) {
  Value out = value;
  switch (value.kind) {
    case Kind::scalar:
    case Kind::quoted:
      out.kind = Kind::scalar;
      out.scalar = function(value.scalar);
      return out;
    case Kind::list:
    case Kind::choice:
      for (Value& item : out.items) item = cast(item, function);
      out.shuffle = false;
      return out;
    case Kind::dict:
      for (std::size_t i = 1; i < out.items.size(); i += 2) out.items[i] = cast(out.items[i], function);
      return out;
    case Kind::range:
    case Kind::interval:
      if (function == cast_str || function == cast_bool) refuse("ranges and intervals cast to int or float only");
      out.start = function(value.start);
      out.stop = function(value.stop);
      if (value.kind == Kind::range) out.step = function(value.step);
      out.shuffle = false;
      return out;
    case Kind::glob:
      break;
  }
  refuse("a glob cannot be cast");
}

Value call_cast(Args args, Named named, Cast function) {
  const std::optional<Value> value = take(named, "value");
  expect_no_more(named);
  if (value && !(is_plain(*value) && value->scalar.is_null())) {
    if (!args.empty()) refuse("cannot use both position and named arguments");
    return cast(*value, function);
  }
  if (args.empty()) refuse("No positional args or value specified");
  return cast(args.size() == 1 ? args[0] : simple_choice(std::move(args)), function);
}

// ---------------------------------------------------------------------------------------------------------- sweeps

Value choice(Args args, const Named& named) {
  expect_no_more(named);
  if (args.empty()) refuse("empty choice is not legal");
  for (const Value& v : args) {
    const bool wrong = (is_plain(v) && v.scalar.is_null()) || v.kind == Kind::range || v.kind == Kind::interval ||
                       v.kind == Kind::glob;
    if (wrong) refuse("choice() takes values and lists of them, no null and no other sweep");
  }
  if (args.size() == 1 && args[0].kind == Kind::choice) {
    if (!args[0].simple) refuse("nesting choices is not supported");
    Value only = std::move(args[0]);
    only.simple = false;
    return only;
  }
  Value out = simple_choice(std::move(args));
  out.simple = false;
  return out;
}

// Positional arguments, then named ones, in the order of `names`.
std::vector<std::optional<Value>> bind(const std::vector<std::string>& names, Args args, Named named) {
  if (args.size() > names.size()) refuse("too many positional arguments");
  std::vector<std::optional<Value>> bound(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::optional<Value> by_name = take(named, names[i]);
    if (by_name && i < args.size()) refuse(concat("multiple values for argument '", names[i], "'"));
    bound[i] = i < args.size() ? std::optional<Value>(std::move(args[i])) : std::move(by_name);
  }
  expect_no_more(named);
  return bound;
}

const Value& number(const std::optional<Value>& value, const std::string& name) {
  if (!value) refuse(concat("missing a required argument: '", name, "'"));
  if (!is_number(*value)) refuse(concat("argument ", name, " takes a number"));
  return *value;
}

Value range(Args args, Named named) {
  std::vector<std::optional<Value>> bound = bind({"start", "stop", "step"}, std::move(args), std::move(named));
  const Scalar start = number(bound[0], "start").scalar;
  Value out;
  out.kind = Kind::range;
  const bool no_stop = !bound[1] || (is_plain(*bound[1]) && bound[1]->scalar.is_null());
  out.start = no_stop ? Scalar::of_integer(0) : start;
  out.stop = no_stop ? start : number(bound[1], "stop").scalar;
  out.step = bound[2] ? number(bound[2], "step").scalar : Scalar::of_integer(1);
  return out;
}

Value interval(Args args, Named named) {
  std::vector<std::optional<Value>> bound = bind({"start", "end"}, std::move(args), std::move(named));
  Value out;
  out.kind = Kind::interval;
  out.start = Scalar::of_real(number(bound[0], "start").scalar.as_real());
  out.stop = Scalar::of_real(number(bound[1], "end").scalar.as_real());
  return out;
}

bool is_tagged_sweep(const Value& v) {
  return v.kind == Kind::choice || v.kind == Kind::range || v.kind == Kind::interval;
}

Value tag(Args args, Named named) {
  std::optional<Value> sweep = take(named, "sweep");
  expect_no_more(named);
  if (args.empty()) refuse("Not enough arguments to tag, must take at least a sweep");
  if (sweep) args.push_back(std::move(*sweep));
  for (std::size_t i = 0; i + 1 < args.size(); ++i) {
    if (!is_text(args[i])) refuse("tags are strings");
  }
  if (!is_tagged_sweep(args.back())) refuse("Last argument to tag() must be a choice(), range() or interval()");
  return std::move(args.back());
}

// ------------------------------------------------------------------------------------------------ order of elements

// Python's < between list elements; false for both directions means equal.
bool less(const Value& a, const Value& b) {
  if (is_number(a) && is_number(b)) {
    if (a.scalar.kind == Scalar::Kind::integer && b.scalar.kind == Scalar::Kind::integer && a.scalar.text.empty() &&
        b.scalar.text.empty()) {
      return a.scalar.integer < b.scalar.integer;
    }
    return a.scalar.as_real() < b.scalar.as_real();
  }
  if (is_text(a) && is_text(b)) return a.scalar.text < b.scalar.text;
  if (a.kind == Kind::list && b.kind == Kind::list) {
    return std::lexicographical_compare(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), less);
  }
  refuse("these values have no order among each other");
}

void sort_items(Args& items, bool reverse) {
  // Every pair of neighbours is compared, so mixed types are refused whatever the order.
  for (std::size_t i = 1; i < items.size(); ++i) less(items[i - 1], items[i]);
  if (reverse) {
    std::stable_sort(items.begin(), items.end(), [](const Value& a, const Value& b) { return less(b, a); });
  } else {
    std::stable_sort(items.begin(), items.end(), less);
  }
}

Scalar arithmetic(const Scalar& a, const Scalar& b, double sign) {
  if (a.kind != Scalar::Kind::real && b.kind != Scalar::Kind::real) {
    const auto whole = [](const Scalar& s) {
      return s.kind == Scalar::Kind::boolean ? std::int64_t{s.boolean} : s.integer;
    };
    std::int64_t sum = 0;
    const bool over =
        sign > 0 ? __builtin_add_overflow(whole(a), whole(b), &sum) : __builtin_sub_overflow(whole(a), whole(b), &sum);
    if (over || !(a.text + b.text).empty()) refuse("sort() of integers of more than 64 bits");
    return Scalar::of_integer(sum);
  }
  return Scalar::of_real(a.as_real() + sign * b.as_real());
}

// Hydra 1.3 mirrors a range as if its step hit the stop exactly.
Value sort_sweep(Value sweep, bool reverse) {
  if (sweep.kind == Kind::choice) {
    sort_items(sweep.items, reverse);
    return sweep;
  }
  const double start = sweep.start.as_real(), stop = sweep.stop.as_real();
  if (reverse ? start < stop : start > stop) {
    const Scalar zero = Scalar::of_integer(0);
    const Scalar size = sweep.step.as_real() < 0 ? arithmetic(zero, sweep.step, -1) : sweep.step;
    const double direction = reverse ? -1 : 1;
    const Scalar new_start = arithmetic(sweep.stop, size, direction);
    sweep.stop = arithmetic(sweep.start, size, direction);
    sweep.start = new_start;
    sweep.step = arithmetic(zero, sweep.step, -1);
  }
  return sweep;
}

bool is_rearrangeable(const Value& v) {
  return v.kind != Kind::interval && v.kind != Kind::glob && !(is_plain(v) && v.scalar.is_null());
}

Value sort(Args args, Named named) {
  bool reverse = false;
  if (const std::optional<Value> flag = take(named, "reverse")) {
    if (!is_plain(*flag) || flag->scalar.kind != Scalar::Kind::boolean) refuse("reverse is true or false");
    reverse = flag->scalar.boolean;
  }
  for (const char* name : {"list", "sweep"}) {
    if (const std::optional<Value> value = take(named, name)) args.assign(1, *value);
  }
  expect_no_more(named);
  if (!std::all_of(args.begin(), args.end(), is_rearrangeable)) refuse("sort() takes values, a choice or a range");
  if (args.empty()) refuse("empty sort input");
  if (args.size() > 1) {
    if (!std::all_of(args.begin(), args.end(), [](const Value& v) { return is_plain(v); })) {
      refuse("several arguments of sort() are plain values");
    }
    return sort_sweep(simple_choice(std::move(args)), reverse);
  }
  if (args[0].kind == Kind::list) {
    sort_items(args[0].items, reverse);
    return std::move(args[0]);
  }
  return args[0].is_sweep() ? sort_sweep(std::move(args[0]), reverse) : std::move(args[0]);
}

// The order is fixed: a sweep that is run again must give the same jobs (docs/decisions.md).
void shuffle_items(std::vector<Scalar>* scalars, Args* items) {
  RandomStream stream(0x7368756666, 0);
  std::vector<std::size_t> order(scalars != nullptr ? scalars->size() : items->size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  stream.shuffle(order);
  if (scalars != nullptr) {
    const std::vector<Scalar> before = *scalars;
    for (std::size_t i = 0; i < order.size(); ++i) (*scalars)[i] = before[order[i]];
  } else {
    const Args before = *items;
    for (std::size_t i = 0; i < order.size(); ++i) (*items)[i] = before[order[i]];
  }
}

Value shuffle(Args args, Named named) {
  for (const char* name : {"sweep", "list"}) {
    if (const std::optional<Value> value = take(named, name)) args.assign(1, *value);
  }
  expect_no_more(named);
  if (!std::all_of(args.begin(), args.end(), is_rearrangeable)) refuse("shuffle() takes values, a choice or a range");
  if (args.size() != 1) {
    Value out = simple_choice(std::move(args));
    out.shuffle = true;
    return out;
  }
  Value only = std::move(args[0]);
  if (only.is_sweep()) {
    only.shuffle = true;
    return only;
  }
  if (only.kind == Kind::list) {
    shuffle_items(nullptr, &only.items);
    return only;
  }
  Value list;
  list.kind = Kind::list;
  list.items.push_back(std::move(only));
  return list;
}

std::vector<std::string> patterns(const std::optional<Value>& value, const std::string& name) {
  std::vector<std::string> out;
  if (!value || (is_plain(*value) && value->scalar.is_null())) return out;
  if (is_text(*value)) return {value->scalar.text};
  if (value->kind != Kind::list) refuse(concat("argument ", name, " takes a pattern or a list of patterns"));
  for (const Value& item : value->items) {
    if (!is_text(item) && item.kind != Kind::quoted) refuse("a pattern is a string");
    out.push_back(item.scalar.text);
  }
  return out;
}

Value glob(Args args, Named named) {
  std::vector<std::optional<Value>> bound = bind({"include", "exclude"}, std::move(args), std::move(named));
  if (!bound[0] || (is_plain(*bound[0]) && !is_text(*bound[0]))) refuse("missing a required argument: 'include'");
  Value out;
  out.kind = Kind::glob;
  out.include = patterns(bound[0], "include");
  out.exclude = patterns(bound[1], "exclude");
  return out;
}

}  // namespace

OverrideValue call_function(const std::string& name, Args args, Named named) {
  // Quotes of direct arguments are dropped.
  const auto unquote = [](Value& v) {
    if (v.kind == Kind::quoted) v = scalar_value(v.scalar);
  };
  for (Value& v : args) unquote(v);
  for (auto& [key, v] : named) unquote(v);
  if (name == "int") return call_cast(std::move(args), std::move(named), cast_int);
  if (name == "float") return call_cast(std::move(args), std::move(named), cast_float);
  if (name == "str") return call_cast(std::move(args), std::move(named), cast_str);
  if (name == "bool") return call_cast(std::move(args), std::move(named), cast_bool);
  if (name == "choice") return choice(std::move(args), named);
  if (name == "range") return range(std::move(args), std::move(named));
  if (name == "interval") return interval(std::move(args), std::move(named));
  if (name == "tag") return tag(std::move(args), std::move(named));
  if (name == "sort") return sort(std::move(args), std::move(named));
  if (name == "shuffle") return shuffle(std::move(args), std::move(named));
  if (name == "glob") return glob(std::move(args), std::move(named));
  refuse(concat("unknown function '", name,
                "'; there are bool, choice, float, glob, int, interval, range, shuffle, sort, str, tag"));
}

void shuffle_scalars(std::vector<Scalar>& values) { shuffle_items(&values, nullptr); }
void shuffle_values(std::vector<OverrideValue>& values) { shuffle_items(nullptr, &values); }

}  // namespace polyclinic::detail
