package org.adjoint.layers.io;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.adjoint.tensor.Shape;
import org.jspecify.annotations.Nullable;

/**
 * The JSON header of a safetensors file, read strictly: an object of tensors, each with exactly
 * dtype, shape and data_offsets, and at most one {@code __metadata__} object of strings. No other
 * keys, no duplicates, no fractions, no signs, only blanks behind it.
 *
 * @param tensors in the order of the file
 * @param metadata the strings
 */
record SafetensorsHeader(Map<String, Entry> tensors, Map<String, String> metadata) {
  /** Where {@link #metadata} stands. */
  static final String METADATA = "__metadata__";

  /**
   * A tensor of the file.
   *
   * @param type its type in the file
   * @param shape its shape
   * @param begin its first byte behind the header
   * @param end the byte after its last
   */
  record Entry(ElementType type, Shape shape, long begin, long end) {}

  /**
   * Reads a header.
   *
   * @throws CheckpointException if it breaks a rule
   */
  static SafetensorsHeader parse(String file, byte[] bytes) {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new CheckpointException("load", file, e, "its header is not UTF-8; " + Parser.DAMAGED);
    }
    return new Parser(file, text).header();
  }

  /** A recursive-descent parser without the recursion: the format has a fixed depth. */
  private static final class Parser {
    static final String DAMAGED = "it is damaged or no safetensors file; get it again";

    private final String file;
    private final String text;
    private int at;

    Parser(String file, String text) {
      this.file = file;
      this.text = text;
    }

    CheckpointException wrong(String what) {
      return new CheckpointException(
          "load", file, "wrong at byte " + (8 + at) + ": " + what, DAMAGED);
    }

    SafetensorsHeader header() {
      LinkedHashMap<String, Entry> tensors = new LinkedHashMap<>();
      Map<String, String> metadata = null;
      if (text.isEmpty() || text.charAt(0) != '{') {
        throw wrong("the header does not begin with {");
      }
      at = 1;
      if (!accept('}')) {
        do {
          String name = string();
          expect(':');
          if (name.equals(METADATA)) {
            if (metadata != null) {
              throw wrong("a second " + METADATA);
            }
            metadata = strings();
          } else if (tensors.put(name, entry()) != null) {
            throw wrong("a second tensor \"" + name + "\"");
          }
        } while (accept(','));
        expect('}');
      }
      for (; at < text.length(); at++) {
        if (text.charAt(at) != ' ') {
          throw wrong("something behind the header");
        }
      }
      return new SafetensorsHeader(tensors, metadata == null ? Map.of() : metadata);
    }

    private Map<String, String> strings() {
      LinkedHashMap<String, String> all = new LinkedHashMap<>();
      expect('{');
      if (!accept('}')) {
        do {
          String key = string();
          expect(':');
          if (all.put(key, string()) != null) {
            throw wrong("a second \"" + key + "\"");
          }
        } while (accept(','));
        expect('}');
      }
      return all;
    }

    private Entry entry() {
      ElementType dtype = null;
      long[] shape = null;
      long[] offsets = null;
      expect('{');
      do {
        String key = string();
        expect(':');
        switch (key) {
          case "dtype" -> {
            once(dtype, key);
            dtype = dtype(string());
          }
          case "shape" -> {
            once(shape, key);
            shape = numbers(32);
          }
          case "data_offsets" -> {
            once(offsets, key);
            offsets = numbers(2);
          }
          default -> throw wrong("an unknown key \"" + key + "\"");
        }
      } while (accept(','));
      expect('}');
      if (dtype == null || shape == null || offsets == null || offsets.length != 2) {
        throw wrong("a tensor needs dtype, shape and two data_offsets");
      }
      return checked(dtype, shape, offsets[0], offsets[1]);
    }

    private void once(@Nullable Object earlier, String key) {
      if (earlier != null) {
        throw wrong("a second " + key);
      }
    }

    private ElementType dtype(String name) {
      ElementType type = ElementType.named(name);
      if (type == null) {
        throw new CheckpointException(
            "load", file, "a file with a tensor of type \"" + name + "\"", ElementType.KNOWN);
      }
      return type;
    }

    private Entry checked(ElementType type, long[] extents, long begin, long end) {
      Shape shape = TensorBytes.shape(extents);
      if (shape == null) {
        throw wrong("a tensor with extents that none can have");
      }
      if (begin > end || end - begin != (long) shape.size() * type.bytes()) {
        throw wrong("the data_offsets of a tensor do not fit its shape");
      }
      return new Entry(type, shape, begin, end);
    }

    private long[] numbers(int most) {
      List<Long> all = new ArrayList<>();
      expect('[');
      if (!accept(']')) {
        do {
          all.add(number());
          if (all.size() > most) {
            throw wrong("more than " + most + " numbers");
          }
        } while (accept(','));
        expect(']');
      }
      return all.stream().mapToLong(Long::longValue).toArray();
    }

    private long number() {
      blanks();
      int start = at;
      long value = 0;
      while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
        if (at - start == 18) {
          throw wrong("a number of more than 18 digits");
        }
        value = 10 * value + (text.charAt(at++) - '0');
      }
      if (at == start || (text.charAt(start) == '0' && at > start + 1)) {
        throw wrong("no whole number of 0 or more");
      }
      return value;
    }

    private String string() {
      expect('"');
      int start = at;
      while (at < text.length()) {
        char c = text.charAt(at);
        if (c == '"') {
          return text.substring(start, at++);
        }
        if (c == '\\') {
          return escaped(start);
        }
        if (c < ' ') {
          break;
        }
        at++;
      }
      throw wrong("a string without end");
    }

    /** The slow way, from the first escape on. */
    private String escaped(int start) {
      StringBuilder s = new StringBuilder(text.substring(start, at));
      while (at < text.length()) {
        char c = text.charAt(at++);
        if (c == '"') {
          return s.toString();
        }
        if (c < ' ') {
          break;
        }
        s.append(c == '\\' ? escape() : c);
      }
      throw wrong("a string without end");
    }

    private char escape() {
      char c = at < text.length() ? text.charAt(at++) : 0;
      return switch (c) {
        case '"', '\\', '/' -> c;
        case 'b' -> '\b';
        case 'f' -> '\f';
        case 'n' -> '\n';
        case 'r' -> '\r';
        case 't' -> '\t';
        case 'u' -> {
          int code = 0;
          for (int i = 0; i < 4; i++) {
            int digit = at < text.length() ? Character.digit(text.charAt(at), 16) : -1;
            if (digit < 0 || text.charAt(at) > 'f') {
              throw wrong("no four hexadecimal digits");
            }
            code = code << 4 | digit;
            at++;
          }
          yield (char) code;
        }
        default -> throw wrong("an unknown escape");
      };
    }

    private void blanks() {
      while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
    }

    private boolean accept(char c) {
      blanks();
      if (at < text.length() && text.charAt(at) == c) {
        at++;
        return true;
      }
      return false;
    }

    private void expect(char c) {
      if (!accept(c)) {
        throw wrong("no " + c + " where one must be");
      }
    }
  }
}
