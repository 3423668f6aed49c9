#include "tasks/synth_note.h"

#include <algorithm>

#include "core/concat.h"
#include "tasks/official_text.h"
#include "tasks/synth_forms.h"
#include "text/utf8.h"

namespace polyclinic {

bool SynthVocabulary::allows(std::size_t entry) const {
  return held_out || (entry % 5 != task && entry % 5 != (task + 1) % 5);
}

Span NoteText::put(std::string_view text) {
  const std::size_t begin = position_;
  text_ += text;
  position_ += count_code_points(text);
  return {begin, position_};
}

std::map<std::string, Span> NoteText::put_form(std::string_view form,
                                               const std::map<std::string, std::string>& values) {
  std::map<std::string, Span> spans;
  while (!form.empty()) {
    const std::size_t open = std::min(form.find('{'), form.size());
    put(form.substr(0, open));
    if (open == form.size()) break;
    const std::size_t close = form.find('}', open);
    const std::string_view hole = form.substr(open + 1, close - open - 1);
    const std::size_t equals = hole.find('=');
    const std::string key(hole.substr(0, equals));
    spans[key] = put(equals == std::string_view::npos ? std::string_view(values.at(key)) : hole.substr(equals + 1));
    form.remove_prefix(close + 1);
  }
  return spans;
}

namespace {

using Spans = std::map<std::string, Span>;
using Values = std::map<std::string, std::string>;

const std::map<std::string, std::string> kSlotNames = {
    {"neg", "negation"}, {"subj", "subject"},     {"unc", "uncertainty"}, {"course", "course"},
    {"sev", "severity"}, {"cond", "conditional"}, {"gen", "generic"}};

const std::map<std::string, std::string> kTimeClasses = {{"date", "DATE"},       {"dur", "DURATION"},
                                                         {"tod", "TIME"},        {"set", "SET"},
                                                         {"post", "PREPOSTEXP"}, {"quant", "QUANTIFIER"}};

class NoteMaker {
 public:
  NoteMaker(RandomStream& random, const SynthVocabulary& vocabulary, SynthNote& note)
      : random_(random), vocabulary_(vocabulary), lexicon_(*vocabulary.lexicon), note_(note), text_(note.text) {}

  void make() {
    header();
    for (const SynthSection& section : synth_sections()) {
      if (random_.uniform() < 0.15) continue;
      section_time_ = {};
      text_.put("\n");
      put_title(section.title);
      const std::size_t sentences = 1 + random_.below(section.most);
      for (std::size_t i = 0; i < sentences; ++i) {
        sentence(section.forms[random_.below(section.forms.size())]);
        text_.put(i + 1 == sentences || random_.below(3) > 0 ? "\n" : "  ");
      }
    }
    text_.put(concat("\n[**First Name8 (NamePattern2) ", random_.below(900) + 100, "**]\n"));
  }

 private:
  std::string date() {
    static const std::vector<std::string> months = {"January", "March", "May", "July", "October", "December"};
    const std::size_t year = 2100 + random_.below(90), month = 1 + random_.below(12), day = 1 + random_.below(28);
    switch (random_.below(3)) {
      case 0:
        return concat("[**", year, "-", month, "-", day, "**]");
      case 1:
        return concat(months[random_.below(months.size())], " ", day, ", ", year);
      default:
        return concat(month, "/", day, "/", year);
    }
  }

  const std::string& one_of(const std::vector<std::string>& list) { return list[random_.below(list.size())]; }

  std::string time(const std::string& key) {
    static const std::vector<std::string> durations = {"two weeks", "several months", "3 days", "a year", "48 hours"};
    static const std::vector<std::string> times = {"this morning", "at 3 p.m.", "overnight", "this evening"};
    static const std::vector<std::string> sets = {"twice a week", "every morning", "monthly", "q4h"};
    static const std::vector<std::string> phases = {"postoperatively", "preoperatively", "intraoperatively"};
    static const std::vector<std::string> counts = {"two episodes", "three bouts", "one episode"};
    if (key == "date") return date();
    return one_of(key == "dur"    ? durations
                  : key == "tod"  ? times
                  : key == "set"  ? sets
                  : key == "post" ? phases
                                  : counts);
  }

  std::size_t entry(std::size_t count) {
    while (true) {
      const std::size_t at = random_.below(count);
      if (vocabulary_.allows(at)) return at;
    }
  }

  // An entry of the group, or of another one.
  std::size_t entry_by_group(const std::vector<SynthTerm>& list, std::size_t group, bool same) {
    while (true) {
      const std::size_t at = entry(list.size());
      if ((list[at].group == group) == same) return at;
    }
  }

  void header() {
    text_.put("Admission Date:  ");
    add("DOCTIME", {text_.put(date())});
    text_.put(concat("     Date of Birth:  [**", 2030 + random_.below(50), "-", 1 + random_.below(12), "-1**]\n"));
    text_.put(concat("Sex:  ", random_.below(2) == 0 ? "F" : "M", "\nService: [**Location (un) ",
                     100 + random_.below(900), "**]\n"));
  }

  void put_title(std::string_view title) {
    if (random_.below(6) > 0) {
      text_.put(title);
    } else {
      text_.put(title.substr(0, title.size() - 1));
      text_.put(" (");
      section_time_ = add("SECTIONTIME", {text_.put(date())});
      text_.put("):");
    }
    text_.put("\n");
  }

  std::size_t add(const std::string& type, std::vector<Span> fragments) {
    note_.mentions.push_back({concat("T", note_.mentions.size() + 1), type, std::move(fragments), {}, {}});
    return note_.mentions.size() - 1;
  }

  void relate(const std::string& type, std::size_t source, std::size_t target) {
    note_.relations.push_back({concat("R", note_.relations.size() + 1), type, source, target});
  }

  // Chooses the words of a sentence; remembers groups and concepts of its entities by key.
  Values choose() {
    static const std::vector<std::string> routes = {"p.o.", "IV", "PO", "subcutaneously"};
    static const std::vector<std::string> frequencies = {"daily", "b.i.d.", "t.i.d.", "q.h.s.", "every 6 hours"};
    static const std::vector<std::string> strengths = {"5 mg", "40 mg", "0.5 mL", "250 mg", "1000 units"};
    Values values;
    groups_.clear();
    concepts_.clear();
    const std::size_t first = entry(lexicon_.disorders.size());
    choose_disorder(values, "dx", first);
    choose_disorder(values, "dx2", entry_by_group(lexicon_.disorders, lexicon_.disorders[first].group, false));
    choose_sites(values);
    choose_drug(values, "drug", groups_["dx"]);
    choose_drug(values, "drug2", groups_["dx2"]);
    const SynthTerm& place = lexicon_.sites[entry(lexicon_.sites.size())];
    values["loc"] = place.name;
    concepts_["loc"] = place.concept_id;
    values["proc"] = lexicon_.procedures[entry(lexicon_.procedures.size())];
    values["find"] = lexicon_.findings[entry(lexicon_.findings.size())];
    values["find2"] = lexicon_.findings[entry(lexicon_.findings.size())];
    values["strength"] = one_of(strengths);
    values["route"] = one_of(routes);
    values["freq"] = one_of(frequencies);
    values["age"] = concat(30 + random_.below(60));
    values["sex"] = random_.below(2) == 0 ? "woman" : "male";
    values["pronoun"] = random_.below(2) == 0 ? "She" : "He";
    values["number"] = concat(10 + random_.below(900));
    for (const auto& [key, name] : kTimeClasses) values[key] = time(key);
    return values;
  }

  void choose_disorder(Values& values, const std::string& key, std::size_t at) {
    const SynthTerm& term = lexicon_.disorders[at];
    values[key] = !term.abbreviation.empty() && random_.below(4) == 0 ? term.abbreviation : term.name;
    groups_[key] = term.group;
    concepts_[key] = term.concept_id;
  }

  void choose_sites(Values& values) {
    const std::size_t one = entry(lexicon_.sites.size());
    const std::size_t other = entry_by_group(lexicon_.sites, lexicon_.sites[one].group, false);
    const std::size_t head = random_.below(lexicon_.heads.size()), state = random_.below(lexicon_.states.size());
    values["site"] = lexicon_.sites[one].name;
    values["site2"] = lexicon_.sites[other].name;
    values["head"] = lexicon_.heads[head];
    values["state"] = lexicon_.states[state];
    groups_["site"] = lexicon_.sites[one].group;
    groups_["site2"] = lexicon_.sites[other].group;
    concepts_["site head"] = lexicon_.head_concepts[one][head];
    concepts_["site2 head"] = lexicon_.head_concepts[other][head];
    concepts_["site state"] = lexicon_.state_concepts[one][state];
  }

  // Half of the drugs treat the disorder that they stand beside.
  void choose_drug(Values& values, const std::string& key, std::size_t group) {
    const std::size_t at = entry_by_group(lexicon_.drugs, group, random_.below(2) == 0);
    values[key] = lexicon_.drugs[at].name;
    groups_[key] = lexicon_.drugs[at].group;
  }

  struct Found {
    std::size_t mention;
    std::size_t group;
  };

  void sentence(const SynthForm& form) {
    const Values values = choose();
    const Spans spans = text_.put_form(form.text, values);
    std::vector<Found> disorders = add_disorders(spans);
    for (const Found& found : disorders) add_slots(spans, note_.mentions[found.mention]);
    add_drugs(spans, disorders, form.text.find("attributed") != std::string_view::npos);
    add_events(spans, disorders, std::string(form.doc_time));
  }

  void add_disorder(std::vector<Found>& found, std::vector<Span> fragments, const std::string& concept_key,
                    std::size_t group) {
    const std::size_t at = add("Disorder", std::move(fragments));
    note_.mentions[at].concept_id = concepts_.at(concept_key);
    if (is_chronic(group)) note_.mentions[at].attributes["chronic"] = "true";
    found.push_back({at, group});
  }

  std::vector<Found> add_disorders(const Spans& spans) {
    std::vector<Found> found;
    for (const char* key : {"dx", "dx2"}) {
      if (spans.contains(key)) add_disorder(found, {spans.at(key)}, key, groups_.at(key));
    }
    for (const std::string end : {"head", "state"}) {
      if (!spans.contains(end)) continue;
      for (const std::string site : {"site", "site2"}) {
        if (!spans.contains(site)) continue;
        const Span from = spans.at(site), to = spans.at(end);
        std::vector<Span> fragments = {from, to};
        if (from.end + 1 == to.begin) fragments = {{from.begin, to.end}};
        add_disorder(found, fragments, concat(site, " ", end), groups_.at(site));
      }
    }
    return found;
  }

  void add_slots(const Spans& spans, Mention& mention) {
    for (const auto& [key, span] : spans) {
      const std::size_t dot = key.find('.');
      const std::string cue = concat(span.begin, "-", span.end);
      if (dot != std::string::npos) {
        const std::string& slot = kSlotNames.at(key.substr(0, dot));
        mention.attributes[slot] = key.substr(dot + 1);
        mention.attributes[slot + ".span"] = cue;
      } else if (key == "loc") {
        mention.attributes["bodyloc"] = concepts_.at("loc");
        mention.attributes["bodyloc.span"] = cue;
      }
    }
  }

  void add_drugs(const Spans& spans, const std::vector<Found>& disorders, bool causes) {
    std::size_t last = 0;
    for (const char* key : {"drug", "drug2"}) {
      if (!spans.contains(key)) continue;
      last = add("Drug", {spans.at(key)});
      for (const Found& disorder : disorders) {
        if (causes) {
          relate("Causes", last, disorder.mention);
        } else if (disorder.group == groups_.at(key)) {
          relate("Treats", last, disorder.mention);
        }
      }
      drug_of_key_[key] = last;
    }
    add_detail(spans, "strength", "Strength");
    add_detail(spans, "freq", "Frequency");
    add_detail(spans, "route", "Route");
  }

  // A strength, frequency or route belongs to the last drug before it.
  void add_detail(const Spans& spans, const std::string& key, const std::string& type) {
    if (!spans.contains(key)) return;
    const bool second = spans.contains("drug2") && spans.at("drug2").begin < spans.at(key).begin;
    const std::size_t at = add(type, {spans.at(key)});
    relate("Has_" + ascii_small(type), drug_of_key_.at(second ? "drug2" : "drug"), at);
  }

  static std::string ascii_small(std::string text) {
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
    return text;
  }

  std::size_t add_event(const Span& span, const std::string& doc_time) {
    const std::size_t at = add("EVENT", {span});
    note_.mentions[at].attributes = {{"DocTimeRel", doc_time},
                                     {"Type", "N/A"},
                                     {"Degree", "N/A"},
                                     {"Polarity", "POS"},
                                     {"ContextualModality", "ACTUAL"},
                                     {"ContextualAspect", "N/A"},
                                     {"Permanence", "UNDETERMINED"}};
    return at;
  }

  // An event's span is its last word, as in the THYME guidelines.
  Span last_word(const Span& span) const {
    const OffsetMap map(note_.text);
    const std::size_t begin = map.to_byte(span.begin), end = map.to_byte(span.end);
    const std::size_t blank = std::string_view(note_.text).substr(begin, end - begin).rfind(' ');
    return blank == std::string_view::npos ? span : Span{map.to_code_point(begin + blank + 1), span.end};
  }

  void add_events(const Spans& spans, const std::vector<Found>& disorders, const std::string& doc_time) {
    std::vector<std::size_t> events;
    std::map<Span, std::size_t> event_of_span;
    for (const Found& found : disorders) {
      const Span word = last_word(note_.mentions[found.mention].fragments.back());
      if (event_of_span.contains(word)) continue;  // a shared head is one event
      const std::string by_group = is_chronic(found.group) ? "BEFORE/OVERLAP" : "OVERLAP";
      const std::size_t at = add_event(word, doc_time == "GROUP" ? by_group : doc_time);
      event_of_span[word] = at;
      qualify(note_.mentions[found.mention].attributes, note_.mentions[at].attributes);
      events.push_back(at);
    }
    for (const char* key : {"drug", "drug2"}) {
      if (spans.contains(key)) events.push_back(add_event(spans.at(key), doc_time == "GROUP" ? "OVERLAP" : doc_time));
    }
    if (spans.contains("proc")) add_procedure(spans, doc_time, disorders.empty() ? 0 : events.size(), events);
    add_times(spans, events);
  }

  // "During <procedure> ..." and "<procedure> ... complicated by": the procedure contains what happened in it.
  void add_procedure(const Spans& spans, const std::string& doc_time, std::size_t inner,
                     std::vector<std::size_t>& events) {
    const std::size_t at = add_event(spans.at("proc"), doc_time == "GROUP" ? "BEFORE" : doc_time);
    const std::size_t begin = spans.at("proc").begin;
    for (std::size_t i = 0; i < inner; ++i) {
      if (note_.mentions[events[i]].fragments.front().begin > begin && spans.contains("state")) {
        relate("CONTAINS", at, events[i]);
      }
    }
    events.push_back(at);
  }

  void add_times(const Spans& spans, const std::vector<std::size_t>& events) {
    bool contained = false;
    for (const auto& [key, name] : kTimeClasses) {
      if (!spans.contains(key)) continue;
      const std::size_t at = add("TIMEX3", {spans.at(key)});
      note_.mentions[at].attributes["Class"] = name;
      if (name != "DATE" && name != "TIME") continue;
      for (const std::size_t event : events) relate("CONTAINS", at, event);
      contained = true;
    }
    if (contained || !section_time_) return;
    for (const std::size_t event : events) relate("CONTAINS", *section_time_, event);
  }

  static void qualify(const std::map<std::string, std::string>& slots, std::map<std::string, std::string>& event) {
    if (slots.contains("negation")) event["Polarity"] = "NEG";
    if (slots.contains("uncertainty")) event["ContextualModality"] = "HEDGED";
    if (slots.contains("conditional")) event["ContextualModality"] = "HYPOTHETICAL";
    if (slots.contains("generic")) event["ContextualModality"] = "GENERIC";
    if (slots.contains("severity")) event["Degree"] = slots.at("severity") == "slight" ? "LITTLE" : "MOST";
  }

  RandomStream& random_;
  const SynthVocabulary& vocabulary_;
  const SynthLexicon& lexicon_;
  SynthNote& note_;
  NoteText text_;
  std::optional<std::size_t> section_time_;
  std::map<std::string, std::size_t> groups_, drug_of_key_;
  std::map<std::string, std::string> concepts_;
};

}  // namespace

SynthNote make_note(RandomStream& random, const SynthVocabulary& vocabulary, const std::string& id) {
  SynthNote note;
  note.id = id;
  NoteMaker(random, vocabulary, note).make();
  return note;
}

}  // namespace polyclinic
