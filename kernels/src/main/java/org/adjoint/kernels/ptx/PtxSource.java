package org.adjoint.kernels.ptx;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A PTX text with its includes in place. A line {@code //!include recipes.ptx} is replaced by the
 * lines of that resource of this package; every line remembers the file and number where it stands.
 */
public final class PtxSource {
  private static final String INCLUDE = "//!include ";

  private final String name;
  private final List<String> lines = new ArrayList<>();
  private final List<PtxLine> origins = new ArrayList<>();
  private final Deque<String> open = new ArrayDeque<>();

  private PtxSource(String name) {
    this.name = name;
  }

  /**
   * Reads a kernel text of this project.
   *
   * @param name the file's name, such as {@code softmax.ptx}
   * @throws PtxException if there is no such text, or an include fails
   */
  public static PtxSource load(String name) {
    return of(name, read(new PtxLine(name, 0), name));
  }

  /**
   * Returns one file of this project's texts as it stands, its includes not expanded.
   *
   * @param name the file's name, such as {@code softmax.ptx}
   * @throws PtxException if there is no such text
   */
  public static String file(String name) {
    return read(new PtxLine(name, 0), name);
  }

  /**
   * Expands the includes of a text.
   *
   * @param file the name to report lines under
   * @param text the text
   */
  public static PtxSource of(String file, String text) {
    PtxSource source = new PtxSource(file);
    source.append(file, text);
    return source;
  }

  private void append(String file, String text) {
    if (open.contains(file)) {
      throw new PtxException(
          new PtxLine(file, 1), "the include", file, "a file cannot include itself");
    }
    open.push(file);
    int number = 0;
    for (String line : text.split("\r?\n", -1)) {
      PtxLine origin = new PtxLine(file, ++number);
      if (line.startsWith(INCLUDE)) {
        String included = line.substring(INCLUDE.length()).strip();
        append(included, read(origin, included));
      } else {
        lines.add(line);
        origins.add(origin);
      }
    }
    open.pop();
  }

  private static String read(PtxLine from, String name) {
    // A name, not a path: what is included stands beside what includes it.
    if (!name.matches("[A-Za-z0-9_.-]+")) {
      throw new PtxException(from, "the file", name, "expected the plain name of a resource");
    }
    try (InputStream in = PtxSource.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new PtxException(
            from, "the file", name, "there is no such resource in " + PtxSource.class.getPackage());
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the name of the file that was asked for. */
  public String name() {
    return name;
  }

  /** Returns the whole text, as an assembler or a driver takes it. */
  public String text() {
    return String.join("\n", lines);
  }

  /**
   * Returns where a line of {@link #text} stands in the files.
   *
   * @param line the line of the text, from 1
   */
  public PtxLine origin(int line) {
    return origins.get(Math.min(Math.max(line, 1), origins.size()) - 1);
  }
}
