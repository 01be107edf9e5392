// SPDX-License-Identifier: Apache-2.0
#include "engine/config/yaml_reader.hpp"

#include <algorithm>
#include <functional>
#include <istream>
#include <optional>
#include <streambuf>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "engine/config/plain_runs.hpp"
#include "engine/config/reporter.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

// A line up to its comment. A # begins one where nothing but blanks stand before it, or a blank, outside of quotes.
std::string_view without_comment(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool begins = i == 0 || std::string_view{" \t[{,"}.find(line[i - 1]) != std::string_view::npos;
    if (line[i] == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) return line.substr(0, i);
    if (begins && (line[i] == '"' || line[i] == '\'')) {
      const std::size_t end = end_of_quoted(line, i);
      if (end == std::string_view::npos) return line;
      i = end - 1;
    }
  }
  return line;
}

constexpr std::string_view kSyntax = "yaml-syntax";

// yaml-cpp reads streams only; this one reads the text where it is.
class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // a get area is never written to
    setg(begin, begin, begin + text.size());
  }
};

bool is_marker_at(std::string_view text, std::size_t at) {
  if (text.substr(at, 3) != "---") return false;
  return at + 3 >= text.size() || std::string_view{" \t\r\n"}.find(text[at + 3]) != std::string_view::npos;
}

// The next line from `from` on that begins a document. Such a line cannot stand inside a string or a block.
std::size_t find_marker(std::string_view text, std::size_t from) {
  for (std::size_t at = from; at < text.size(); ++at) {
    if (at > 0 && text[at - 1] != '\n') {
      const std::size_t end = text.find('\n', at);
      if (end == std::string_view::npos) break;
      at = end + 1;
    }
    if (is_marker_at(text, at)) return at;
  }
  return std::string_view::npos;
}

// A run of plain lines turned out to be no list, or no run: the text is to be read line by line.
struct RunsMismatch {};

}  // namespace

// What a YamlBuilder is to add that the parser does not see.
struct ShownShortened {
  const ShortenedText& text;
  const std::vector<PlainRun>& runs;
};

// Fills a YamlDocument from events, and keeps account of what its aliases stand for without ever following one.
class YamlBuilder : public YAML::EventHandler {
 public:
  YamlBuilder(std::string_view text, std::size_t base, const std::function<void(const YamlDocument&)>& on_document,
              const ShownShortened* shortened = nullptr)
      : text_(text), base_(base), on_document_(on_document), shortened_(shortened), document_(text) {}

  const YamlDocument& document() const { return document_; }
  const std::vector<std::string>& anchor_names() const { return anchor_names_; }
  std::size_t last_offset() const { return last_offset_; }
  std::size_t document_begin() const { return document_begin_; }
  bool has_added_all_runs() const { return next_run_ == shortened_->runs.size() && expected_ == kNowhere; }
  // The innermost [ or { that is still open; npos where there is none.
  std::size_t open_bracket() const {
    for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
      const std::size_t offset = document_.nodes_[frame->node].offset;
      if (text_[offset] == '[' || text_[offset] == '{') return offset;
    }
    return std::string_view::npos;
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    const std::size_t before = last_offset_;
    const std::size_t begin = offset_of(mark);
    if (documents_ > 0 && !is_marker_at(text_, begin) &&
        text_.substr(before, begin - before).find("\n...") == std::string_view::npos) {
      // yaml-cpp would take the rest for another document.
      throw YamlProblem{
          std::string{kSyntax}, "Text after the end of a document",
          "The document ends before this, so this belongs to nothing. Check the indentation of this line, "
          "or put a line with --- before it where it begins another document.",
          begin, begin + 1};
    }
    ++documents_;
    document_begin_ = begin;
    document_ = YamlDocument{text_};
    frames_.clear();
    anchors_.clear();
    anchor_names_.clear();
  }
  void OnDocumentEnd() override {
    if (!document_.empty()) on_document_(document_);
  }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add({.offset = narrow(place_of_null(offset_of(mark))), .kind = YamlKind::null}, anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const std::uint32_t offset = narrow(offset_of(mark));
    YamlExcess& excess = document_.excess_;
    const Anchor* target = anchor <= anchors_.size() ? &anchors_[anchor - 1] : nullptr;
    if (target == nullptr || !target->complete) {
      if (!excess.contains_itself) excess.loop_offset = offset;
      excess.contains_itself = true;
      add({.offset = offset, .kind = YamlKind::null}, 0);
      return;
    }
    note_depth(frames_.size() + target->height, offset);
    if (!frames_.empty()) {
      Frame& frame = frames_.back();
      frame.height = std::max(frame.height, target->height);
      bring(frame, target->nodes, offset);
    }
    add({.offset = offset, .start = target->node, .kind = YamlKind::alias}, 0);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const std::size_t begin = skip_properties(offset_of(mark));
    const char first = begin < text_.size() ? text_[begin] : '\0';
    const bool has_quotes = first == '"' || first == '\'';
    if (tag == "!" && has_quotes && end_of_quoted(text_, begin) == std::string_view::npos) {
      throw unclosed_quote(begin);  // yaml-cpp takes the end of the file for the closing quote
    }
    YamlNode node{.offset = narrow(begin), .kind = YamlKind::scalar, .quoted = tag == "!", .tagged = is_explicit(tag)};
    const std::size_t start = begin + (has_quotes ? 1 : 0);
    node.extent = narrow(value.size());
    if (start + value.size() <= text_.size() && text_.substr(start, value.size()) == value) {
      node.start = narrow(start);
    } else {
      node.start = narrow(document_.unescaped_.size());
      node.unescaped = true;
      document_.unescaped_ += value;
    }
    add(node, anchor);
    if (shortened_ != nullptr) add_run_after(node, anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(YamlKind::sequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(YamlKind::mapping, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }
  void OnAnchor(const YAML::Mark& /*mark*/, const std::string& name) override { anchor_names_.push_back(name); }

  YamlProblem unclosed_quote(std::size_t begin) const {
    return {std::string{kSyntax}, "Quote that is never closed",
            fmt::format("The string that begins here has no closing {}. Put one at its end.", text_[begin]), begin,
            begin + 1};
  }

 private:
  struct Frame {
    std::uint32_t node = 0;
    YAML::anchor_t anchor = 0;
    std::uint32_t height = 0;  // containers below it, one inside the other
    std::uint64_t own = 1;
    std::uint64_t by_aliases = 0;
  };
  struct Anchor {
    std::uint32_t node = 0;
    std::uint32_t height = 0;
    std::uint64_t nodes = 0;
    bool complete = false;
  };

  static std::uint32_t narrow(std::size_t number) { return static_cast<std::uint32_t>(number); }
  static bool is_explicit(const std::string& tag) { return !tag.empty() && tag != "?" && tag != "!"; }

  std::size_t offset_of(const YAML::Mark& mark) {
    std::size_t offset = base_ + static_cast<std::size_t>(std::max(mark.pos, 0));
    if (shortened_ != nullptr) offset = shortened_->text.original(offset);
    last_offset_ = std::min(offset, text_.size());
    return last_offset_;
  }

  // A mark points to the anchor or tag before a node; people look for the node.
  std::size_t skip_properties(std::size_t at) const {
    const auto skip = [&](std::string_view set) { return std::min(text_.find_first_not_of(set, at), text_.size()); };
    while (at < text_.size() && (text_[at] == '&' || text_[at] == '!')) {
      at = std::min(text_.find_first_of(" \t\r\n", at), text_.size());
      at = skip(" \t\r\n");
      while (at < text_.size() && text_[at] == '#') {
        at = std::min(text_.find('\n', at), text_.size());
        at = skip(" \t\r\n");
      }
    }
    return at;
  }

  // The mark of a value that is not there points to what comes after it, maybe lines below.
  std::size_t place_of_null(std::size_t at) const {
    const std::size_t end = std::min(text_.find_first_of(" \t\r\n,]}:", at), text_.size());
    const std::string_view word = text_.substr(at, end - at);
    if (word == "~" || word == "null" || word == "Null" || word == "NULL") return at;
    for (std::size_t line_end = at; line_end > 0;) {
      const std::size_t line_break = text_.rfind('\n', line_end - 1);
      const std::size_t line = line_break == std::string_view::npos ? 0 : line_break + 1;
      const std::string_view content = without_comment(text_.substr(line, line_end - line));
      const std::size_t last = content.find_last_not_of(" \t\r");
      if (last != std::string_view::npos) return line + last;
      line_end = line == 0 ? 0 : line - 1;
    }
    return at;
  }

  void note_depth(std::size_t depth, std::uint32_t offset) {
    YamlExcess& excess = document_.excess_;
    if (depth <= kDeepestNesting || excess.too_deep) return;
    excess.too_deep = true;
    excess.deep_offset = offset;
  }

  void bring(Frame& frame, std::uint64_t nodes, std::uint32_t offset) {
    frame.by_aliases = std::min(frame.by_aliases + nodes, kMostAliasNodes * kMostAliasNodes);
    if (frame.by_aliases <= kMostAliasNodes || document_.excess_.too_many) return;
    document_.excess_.too_many = true;
    document_.excess_.alias_offset = offset;
  }

  Anchor& register_anchor(YAML::anchor_t anchor) {
    if (anchors_.size() < anchor) anchors_.resize(anchor);
    return anchors_[anchor - 1];
  }

  // Nothing but the last line of a run may follow the first.
  void expect_nothing() const {
    if (expected_ != kNowhere) throw RunsMismatch{};
  }
  bool is_word_of_run(const YamlNode& node, YAML::anchor_t anchor) const {
    const std::size_t end = std::size_t{node.start} + node.extent;
    return node.kind == YamlKind::scalar && anchor == 0 && !node.quoted && !node.tagged && !node.unescaped &&
           node.start == node.offset && end < text_.size() && text_[end] == '\n';
  }
  void add_run_after(const YamlNode& node, YAML::anchor_t anchor) {
    if (next_run_ == shortened_->runs.size() || shortened_->runs[next_run_].first != node.offset) return;
    const bool in_list = !frames_.empty() && document_.nodes_[frames_.back().node].kind == YamlKind::sequence;
    if (!in_list || !is_word_of_run(node, anchor)) throw RunsMismatch{};
    const PlainRun& run = shortened_->runs[next_run_++];
    run.for_each_between(text_, [&](std::size_t offset, std::size_t length) {
      ++frames_.back().own;
      document_.nodes_.push_back(
          {.offset = narrow(offset), .start = narrow(offset), .extent = narrow(length), .kind = YamlKind::scalar});
    });
    expected_ = run.last;
  }

  void add(const YamlNode& node, YAML::anchor_t anchor) {
    if (expected_ != kNowhere && (node.offset != expected_ || !is_word_of_run(node, anchor))) throw RunsMismatch{};
    expected_ = kNowhere;
    if (anchor != 0) register_anchor(anchor) = {narrow(document_.nodes_.size()), 0, 1, true};
    if (!frames_.empty()) ++frames_.back().own;
    document_.nodes_.push_back(node);
  }

  void open(YamlKind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    expect_nothing();
    const std::uint32_t offset = narrow(skip_properties(offset_of(mark)));
    if (anchor != 0) register_anchor(anchor) = {narrow(document_.nodes_.size()), 0, 0, false};
    frames_.push_back({narrow(document_.nodes_.size()), anchor, 1, 1, 0});
    document_.nodes_.push_back({.offset = offset, .kind = kind, .tagged = is_explicit(tag)});
    note_depth(frames_.size(), offset);
  }

  void close() {
    expect_nothing();
    const Frame frame = frames_.back();
    frames_.pop_back();
    document_.nodes_[frame.node].extent = narrow(document_.nodes_.size());
    if (frame.anchor != 0) {
      anchors_[frame.anchor - 1] = {frame.node, frame.height, frame.own + frame.by_aliases, true};
    }
    if (frames_.empty()) {
      document_.excess_.alias_nodes = frame.by_aliases;
      return;
    }
    Frame& parent = frames_.back();
    parent.own += frame.own;
    parent.height = std::max(parent.height, frame.height + 1);
    bring(parent, frame.by_aliases, narrow(last_offset_));
  }

  std::string_view text_;
  std::size_t base_;
  const std::function<void(const YamlDocument&)>& on_document_;
  const ShownShortened* shortened_;  // null: the parser sees all of the text
  std::size_t next_run_ = 0;
  static constexpr std::size_t kNowhere = std::string_view::npos;
  std::size_t expected_ = kNowhere;  // where the next node must begin: the last line of a run
  YamlDocument document_;
  std::vector<Frame> frames_;
  std::vector<Anchor> anchors_;
  std::vector<std::string> anchor_names_;
  std::size_t documents_ = 0;
  std::size_t document_begin_ = 0;
  std::size_t last_offset_ = 0;
};

namespace {

struct Translation {
  std::string_view theirs;
  std::string_view summary;
  std::string_view detail;
};

const Translation kTranslations[] = {
    {YAML::ErrorMsg::TAB_IN_INDENTATION, "Tab used for indentation",
     "YAML is indented with spaces. Replace the tab by spaces, as many as the lines around it have."},
    {YAML::ErrorMsg::MAP_VALUE, "Colon that cannot stand here",
     "A \"key: value\" cannot begin here. Either this line is indented differently from the ones it belongs to, or "
     "text "
     "that holds \": \" needs quotes around it."},
    {YAML::ErrorMsg::MAP_KEY, "Key that cannot stand here",
     "A \"? \" begins a key, which cannot stand here. Put text that begins with \"? \" in quotes."},
    {YAML::ErrorMsg::BLOCK_ENTRY, "List item that cannot stand here",
     "A \"- \" begins a list item, which cannot stand here. Begin the list on a line of its own, or put the text in "
     "quotes."},
    {YAML::ErrorMsg::END_OF_MAP, "Line that does not fit the mapping around it",
     "Each line of the mapping around it is \"key: value\", and this is not. Check how far it is indented, and whether "
     "a "
     "quote before it closes too early."},
    {YAML::ErrorMsg::END_OF_SEQ, "Line that does not fit the list around it",
     "Each item of the list around it begins with \"- \", and this does not. Check how far it is indented."},
    {YAML::ErrorMsg::FLOW_END, "Bracket that closes nothing",
     "No bracket was opened that this one could close. Delete it, or put the text in quotes."},
    {YAML::ErrorMsg::UNKNOWN_TOKEN, "Character that cannot begin a value",
     "Text without quotes may not begin with this character. Put the text in quotes."},
    {YAML::ErrorMsg::CHAR_IN_BLOCK, "Text after the sign of a block",
     "After | or > the line must end; the text begins on the next line, indented."},
    {YAML::ErrorMsg::ZERO_INDENT_IN_BLOCK, "Block with an indentation of 0", "Write a number from 1 to 9, or none."},
    {YAML::ErrorMsg::INVALID_HEX, "Bad escape in a double-quoted string",
     "After \\x come 2, after \\u 4 and after \\U 8 hexadecimal digits."},
    {YAML::ErrorMsg::MULTIPLE_TAGS, "Two tags for one value",
     "A value can have one tag. gild needs none: delete both."},
    {YAML::ErrorMsg::MULTIPLE_ANCHORS, "Two anchors for one value", "A value can have one anchor. Delete one of them."},
    {YAML::ErrorMsg::ALIAS_CONTENT, "Alias with content of its own",
     "An alias stands for what its anchor names and can have no tag, anchor or value. Delete what stands beside it."},
    {YAML::ErrorMsg::YAML_MAJOR_VERSION, "Version of YAML that is not known", "Write %YAML 1.2, or delete the line."},
    {YAML::ErrorMsg::CHAR_IN_SCALAR, "Character that cannot stand in a string",
     "Check the quotes and the indentation of this string."},
};

// A string that was opened and not closed swallows the text up to the next document; the parser complains there.
std::size_t find_open_quote(std::string_view text, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i) {
    if (text[i] != '"' && text[i] != '\'') continue;
    const bool begins = i == 0 || std::string_view{" \t\n[{,"}.find(text[i - 1]) != std::string_view::npos;
    if (!begins) continue;
    const std::size_t end = end_of_quoted(text, i);
    if (end == std::string_view::npos || end > to) return i;
    i = end - 1;
  }
  return std::string_view::npos;
}

YamlProblem unknown_alias(const YamlBuilder& builder, std::string_view text, std::size_t at) {
  const std::size_t end = std::min(text.find_first_of(" \t\r\n,[]{}", at), text.size());
  const std::string name{text.substr(at + 1, end - at - 1)};
  std::string detail =
      fmt::format("{} stands for what an anchor names earlier in the same document, and there is no {}.",
                  in_quotes("*" + name), in_quotes("&" + name));
  const std::vector<std::string_view> names(builder.anchor_names().begin(), builder.anchor_names().end());
  if (const auto near = names.size() <= 1000 ? nearest(name, names) : std::nullopt) {
    detail += fmt::format(" Did you mean {}?", in_quotes("*" + std::string{*near}));
  }
  return {"unknown-alias", "Alias without an anchor", std::move(detail), at, end};
}

YamlProblem translate(const YAML::Exception& exception, const YamlBuilder& builder, std::string_view text,
                      std::size_t base) {
  const std::string& theirs = exception.msg;
  std::size_t at = builder.last_offset();
  if (!exception.mark.is_null())
    at = std::min(base + static_cast<std::size_t>(std::max(exception.mark.pos, 0)), text.size());
  if (theirs == YAML::ErrorMsg::UNKNOWN_ANCHOR) return unknown_alias(builder, text, at);
  if (theirs == YAML::ErrorMsg::DOC_IN_SCALAR || theirs == YAML::ErrorMsg::EOF_IN_SCALAR) {
    const std::size_t quote = find_open_quote(text, builder.last_offset(), at);
    if (quote != std::string_view::npos) return builder.unclosed_quote(quote);
  }
  if (theirs == YAML::ErrorMsg::END_OF_SEQ_FLOW || theirs == YAML::ErrorMsg::END_OF_MAP_FLOW) {
    const std::size_t bracket = builder.open_bracket();
    if (bracket != std::string_view::npos) {
      return {std::string{kSyntax}, "Bracket that is never closed",
              fmt::format(
                  "The \"{}\" here has no \"{}\" where one is due. Put it at the end, and a comma between all items.",
                  text[bracket], text[bracket] == '[' ? ']' : '}'),
              bracket, bracket + 1};
    }
  }
  if (theirs.starts_with(YAML::ErrorMsg::INVALID_ESCAPE)) {
    return {
        std::string{kSyntax}, "Bad escape in a double-quoted string",
        "A backslash begins an escape in double quotes, and this one is not known. Write \\\\ for a backslash, or put "
        "the text in single quotes.",
        at, at + 1};
  }
  for (const Translation& translation : kTranslations) {
    if (theirs != translation.theirs) continue;
    return {std::string{kSyntax}, std::string{translation.summary}, std::string{translation.detail}, at, at + 1};
  }
  return {std::string{kSyntax}, "Text that is not YAML",
          fmt::format("The YAML parser stops here and says: {}.", escape_controls(theirs)), at, at + 1};
}

}  // namespace

namespace {

// The documents of a text whose long lists the parser sees the ends of only; nullopt where that will not do.
std::optional<std::vector<YamlDocument>> read_shortened(std::string_view text) {
  const std::vector<PlainRun> runs = find_plain_runs(text);
  if (runs.empty()) return std::nullopt;
  const ShortenedText shortened{text, runs};
  const ShownShortened shown{shortened, runs};
  std::vector<YamlDocument> documents;
  const std::function<void(const YamlDocument&)> keep = [&](const YamlDocument& document) {
    documents.push_back(document);
  };
  YamlBuilder builder{text, 0, keep, &shown};
  ViewBuffer buffer{shortened.text()};
  std::istream stream{&buffer};
  try {
    YAML::Parser parser{stream};
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const RunsMismatch&) {
    return std::nullopt;
  } catch (const YamlProblem&) {
    return std::nullopt;  // to be told from the whole text, as the next
  } catch (const YAML::Exception&) {
    return std::nullopt;
  }
  if (!builder.has_added_all_runs()) return std::nullopt;
  return documents;
}

}  // namespace

void read_yaml(std::string_view text, const YamlCallbacks& callbacks) {
  const auto documents = read_shortened(text);
  if (!documents) return read_yaml_line_by_line(text, callbacks);
  for (const YamlDocument& document : *documents) callbacks.on_document(document);
}

void read_yaml_line_by_line(std::string_view text, const YamlCallbacks& callbacks) {
  std::size_t base = 0;
  while (base < text.size()) {
    ViewBuffer buffer{text.substr(base)};
    std::istream stream{&buffer};
    YamlBuilder builder{text, base, callbacks.on_document};
    std::size_t stopped = 0;
    try {
      YAML::Parser parser{stream};
      while (parser.HandleNextDocument(builder)) {
      }
      return;
    } catch (const YAML::DeepRecursion&) {
      stopped = builder.document().excess().deep_offset;
      callbacks.on_problem({"too-deep", "Nesting too deep",
                            fmt::format("Lists and mappings stand inside each other more than {} levels deep from here "
                                        "on. A manifest needs no more than 6.",
                                        kDeepestNesting),
                            stopped, stopped + 1});
    } catch (const YamlProblem& problem) {
      stopped = problem.begin;
      callbacks.on_problem(problem);
    } catch (const YAML::Exception& exception) {
      const YamlProblem problem = translate(exception, builder, text, base);
      stopped = problem.begin;
      callbacks.on_problem(problem);
    }
    base = find_marker(text, std::max({stopped, builder.document_begin() + 1, base + 1}));
    if (base == std::string_view::npos) return;
  }
}

}  // namespace gild
