package org.adjoint.layers.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The header of an npy array (NumPy enhancement proposal 1): eight bytes of magic and version, a
 * length, and a Python dictionary of descr, fortran_order and shape. Read strictly: these three
 * keys once each, nothing else.
 *
 * @param type of the elements
 * @param order of their bytes
 * @param fortran whether the first axis runs fastest
 * @param shape of the array
 * @param bytes the length of magic and header together
 */
record NpyHeader(ElementType type, ByteOrder order, boolean fortran, Shape shape, int bytes) {
  /** Headers of tensors have some 120 bytes. */
  private static final int MAX_HEADER = 1 << 16;

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

  /** The header that NumPy writes for such a tensor, byte by byte. */
  static ByteBuffer of(Tensor t) {
    StringBuilder dims = new StringBuilder();
    for (int d : t.shape().toArray()) {
      dims.append(dims.isEmpty() ? "" : ", ").append(d);
    }
    String text =
        "{'descr': '<"
            + ElementType.of(t.dtype()).numpy()
            + "', 'fortran_order': False, 'shape': ("
            + dims
            + (t.rank() == 1 ? ",), }" : "), }");
    int length = (10 + text.length() + 1 + 63) / 64 * 64 - 10;
    ByteBuffer b = TensorBytes.little(10 + length);
    b.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) length);
    b.put(text.getBytes(StandardCharsets.US_ASCII));
    while (b.position() < b.capacity() - 1) {
      b.put((byte) ' ');
    }
    return b.put((byte) '\n').flip();
  }

  /**
   * Reads a header and leaves the channel behind it.
   *
   * @param file for messages
   * @throws CheckpointException if it breaks a rule
   */
  static NpyHeader read(ReadableByteChannel in, String file) throws IOException {
    ByteBuffer head = TensorBytes.little(8);
    TensorBytes.fill(in, file, head);
    head.flip();
    for (byte b : MAGIC) {
      if (head.get() != b) {
        throw new CheckpointException(
            "load", file, "a file that does not begin with \\x93NUMPY", "it is no npy array");
      }
    }
    int version = head.get();
    if (version < 1 || version > 3 || head.get() != 0) {
      throw new CheckpointException(
          "load", file, "of npy version " + version, "versions 1 to 3 can be read");
    }
    ByteBuffer size = TensorBytes.little(version == 1 ? 2 : 4);
    TensorBytes.fill(in, file, size);
    long length = version == 1 ? size.getShort(0) & 0xFFFF : Integer.toUnsignedLong(size.getInt(0));
    if (length > MAX_HEADER) {
      throw new CheckpointException(
          "load", file, "with a header of " + length + " bytes", "65536 are the most");
    }
    byte[] text = new byte[(int) length];
    TensorBytes.fill(in, file, ByteBuffer.wrap(text));
    Parser parser = new Parser(file, new String(text, StandardCharsets.ISO_8859_1));
    return parser.header(8 + size.capacity() + (int) length);
  }

  /** The few pieces of Python's literals that NumPy writes. */
  private static final class Parser {
    private final String file;
    private final String text;
    private int at;

    Parser(String file, String text) {
      this.file = file;
      this.text = text;
    }

    CheckpointException wrong(String what) {
      return new CheckpointException(
          "load",
          file,
          "wrong at character " + at + " of its header: " + what,
          "it is damaged or no npy array; get it again");
    }

    NpyHeader header(int bytes) {
      String descr = null;
      Boolean fortran = null;
      long[] extents = null;
      expect('{');
      while (!accept('}')) {
        String key = string();
        expect(':');
        switch (key) {
          case "descr" -> {
            once(descr, key);
            descr = descr();
          }
          case "fortran_order" -> {
            once(fortran, key);
            fortran = truth();
          }
          case "shape" -> {
            once(extents, key);
            extents = tuple();
          }
          default -> throw wrong("an unknown key '" + key + "'");
        }
        if (!accept(',')) {
          expect('}');
          break;
        }
      }
      blanks();
      if (at < text.length()) {
        throw wrong("something behind the header");
      }
      if (descr == null || fortran == null || extents == null) {
        throw wrong("descr, fortran_order and shape are needed");
      }
      Shape shape = TensorBytes.shape(extents);
      if (shape == null) {
        throw wrong("extents that no tensor can have");
      }
      char order = descr.charAt(0);
      return new NpyHeader(
          type(descr),
          order == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN,
          fortran,
          shape,
          bytes);
    }

    private void once(@Nullable Object earlier, String key) {
      if (earlier != null) {
        throw wrong("a second '" + key + "'");
      }
    }

    private String descr() {
      blanks();
      if (at < text.length() && text.charAt(at) == '[') {
        throw new CheckpointException(
            "load", file, "a structured array", "save each of its fields as an array of its own");
      }
      String descr = string();
      if (descr.length() < 2) {
        throw wrong("an empty descr");
      }
      return descr;
    }

    private ElementType type(String descr) {
      ElementType type = ElementType.ofNumpy(descr.substring(1));
      char order = descr.charAt(0);
      boolean ordered = order == '<' || order == '>' || order == '=';
      if (type == null || !(ordered || (order == '|' && type.bytes() == 1))) {
        throw new CheckpointException(
            "load",
            file,
            "an array of type '" + descr + "'",
            descr.endsWith("O")
                ? "its objects would need pickle, which can run anything; save plain numbers"
                : ElementType.KNOWN);
      }
      return type;
    }

    private boolean truth() {
      blanks();
      for (String word : new String[] {"True", "False"}) {
        if (text.startsWith(word, at)) {
          at += word.length();
          return word.equals("True");
        }
      }
      throw wrong("neither True nor False");
    }

    private long[] tuple() {
      List<Long> all = new ArrayList<>();
      expect('(');
      while (!accept(')')) {
        all.add(number());
        if (!accept(',')) {
          if (all.size() == 1) {
            throw wrong("a number in brackets, which is no tuple");
          }
          expect(')');
          break;
        }
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
      if (at == start) {
        throw wrong("no whole number of 0 or more");
      }
      return value;
    }

    private String string() {
      blanks();
      char quote = at < text.length() ? text.charAt(at) : 0;
      int end = quote == '\'' || quote == '"' ? text.indexOf(quote, at + 1) : -1;
      if (end < 0) {
        throw wrong("no string where one must be");
      }
      String s = text.substring(at + 1, end);
      at = end + 1;
      return s;
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
