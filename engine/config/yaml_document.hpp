// SPDX-License-Identifier: Apache-2.0
// One YAML document as a flat list of nodes in the order of the text, 16 bytes each, with views into the text instead
// of copies. Keys may come in any order, so `kind` may stand below `spec`, and most documents beside ours are not ours
// at all: a document has to be at hand as a whole before it can be read. Aliases stay references and are never
// expanded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gild {

enum class YamlKind : std::uint8_t { null, scalar, sequence, mapping, alias };

// What text without quotes means by the core schema of YAML 1.2. `yes` and `off` are plain text there.
enum class PlainType { text, boolean, integer, real };
PlainType plain_type(std::string_view text);

struct YamlNode {
  std::uint32_t offset = 0;  // of its first byte in the text; anchors and tags come before it
  std::uint32_t start = 0;   // scalar: where its value begins, in the text or among `unescaped`; alias: its target
  std::uint32_t extent = 0;  // scalar: length of its value; container: index of the node after its last child
  YamlKind kind = YamlKind::null;
  bool quoted = false;     // scalar in quotes or a block (| or >), so text whatever it looks like
  bool unescaped = false;  // scalar whose value does not stand in the text letter by letter
  bool tagged = false;     // has an explicit tag such as !!str
};

// What a document would cost beyond its own text, found out while it is read.
struct YamlExcess {
  std::uint64_t alias_nodes = 0;   // nodes that aliases stand for, all told
  std::uint32_t alias_offset = 0;  // the alias at which they became too many
  bool too_many = false;
  bool too_deep = false;
  std::uint32_t deep_offset = 0;
  bool contains_itself = false;
  std::uint32_t loop_offset = 0;
};

inline constexpr std::uint64_t kMostAliasNodes = 1'000'000;  // contract 3
inline constexpr std::uint32_t kDeepestNesting = 64;

class YamlDocument {
 public:
  // A node to read from. An alias is followed at once; `via` remembers the outermost one that led here.
  class Value {
   public:
    Value(const YamlDocument& document, std::uint32_t index);
    Value(const YamlDocument& document, std::uint32_t index, const Value& parent);

    YamlKind kind() const { return node().kind; }
    bool is_null() const { return kind() == YamlKind::null; }
    bool is_scalar() const { return kind() == YamlKind::scalar; }
    bool is_mapping() const { return kind() == YamlKind::mapping; }
    bool is_sequence() const { return kind() == YamlKind::sequence; }
    bool is_quoted() const { return node().quoted; }
    bool is_tagged() const { return node().tagged; }
    std::string_view text() const;                              // of a scalar
    PlainType type() const;                                     // of a scalar
    bool empty() const { return node().extent == index_ + 1; }  // of a container

    std::size_t begin() const { return node().offset; }
    std::size_t end() const;  // where a caret line below it should stop
    bool through_alias() const { return alias_ != kNone; }
    std::size_t alias_begin() const { return document_->nodes_[alias_].offset; }
    std::size_t alias_end() const;

    template <class Function>
    void for_each_item(Function function) const {  // function(const Value&); this must be a sequence
      for (std::uint32_t i = index_ + 1; i < node().extent; i = document_->after(i))
        function(Value(*document_, i, *this));
    }
    template <class Function>
    void for_each_pair(
        Function function) const {  // function(const Value& key, const Value& value); this must be a mapping
      for (std::uint32_t i = index_ + 1; i < node().extent;) {
        const std::uint32_t value = document_->after(i);
        function(Value(*document_, i, *this), Value(*document_, value, *this));
        i = document_->after(value);
      }
    }

   private:
    static constexpr std::uint32_t kNone = 0xFFFFFFFFU;
    const YamlNode& node() const { return document_->nodes_[index_]; }

    const YamlDocument* document_;
    std::uint32_t index_;
    std::uint32_t alias_ = kNone;
  };

  // `text` must outlive the document and all values that are read from it.
  explicit YamlDocument(std::string_view text) : text_(text) {}

  bool empty() const { return nodes_.empty(); }
  Value root() const { return {*this, 0}; }
  std::string_view text() const { return text_; }
  const YamlExcess& excess() const { return excess_; }
  const std::vector<YamlNode>& nodes() const { return nodes_; }
  Value value_at(std::uint32_t index) const { return {*this, index}; }

 private:
  friend class YamlBuilder;
  std::uint32_t after(std::uint32_t index) const;

  std::string_view text_;
  std::vector<YamlNode> nodes_;
  std::string unescaped_;
  YamlExcess excess_;
};

using YamlValue = YamlDocument::Value;

// Where the quoted string that begins at `begin` ends, one past its closing quote; npos where it is never closed.
std::size_t end_of_quoted(std::string_view text, std::size_t begin);

}  // namespace gild
