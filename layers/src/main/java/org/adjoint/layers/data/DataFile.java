package org.adjoint.layers.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Whole files: bytes, and text in UTF-8. */
public final class DataFile {
  private DataFile() {}

  /** Reads all bytes of a file. */
  static byte[] bytes(String op, Path file, String remedy) {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new DataException(op, file.toString(), "missing", remedy);
    } catch (IOException e) {
      throw new DataException(
          op, file.toString(), e, "it cannot be read; check that it is a file, and permissions");
    }
  }

  /**
   * Reads a text.
   *
   * @throws DataException if the file is missing or unreadable, or not UTF-8, with the line
   */
  public static String text(Path file) {
    ByteBuffer bytes = ByteBuffer.wrap(bytes("text", file, "check the path"));
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    CharBuffer text = CharBuffer.allocate(bytes.remaining());
    CoderResult result = decoder.decode(bytes, text, true);
    if (result.isError()) {
      long line = text.flip().chars().filter(c -> c == '\n').count() + 1;
      throw new DataException(
          "text",
          file + ", line " + line,
          "not UTF-8 at byte " + bytes.position(),
          "save it as UTF-8");
    }
    String all = text.flip().toString();
    // A byte order mark is no text.
    return all.startsWith("\uFEFF") ? all.substring(1) : all;
  }

  /**
   * Reads the lines of a text, without their ends.
   *
   * @throws DataException as {@link #text}
   */
  public static List<String> lines(Path file) {
    return text(file).lines().toList();
  }
}
