package org.adjoint.autograd.check;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What PyTorch computed in float64, recorded once; the format is in src/test/python/record.py. */
final class Fixture {
  /**
   * The record of a case.
   *
   * @param inputs the digest of the operands that it was computed from
   * @param numbers the lines of numbers by their names: y, g0, g1, …, h0, h1, …
   */
  record Entry(String inputs, Map<String, double[]> numbers) {}

  private final Map<String, Entry> entries = new HashMap<>();

  /**
   * Reads the record, which the tests and the {@code adjoint} command have on their class path, and
   * the engine's jars have not: an absent one is empty.
   */
  static Fixture load() {
    try (InputStream in = Fixture.class.getResourceAsStream("pytorch.txt")) {
      return new Fixture(
          new BufferedReader(
              new InputStreamReader(
                  in == null ? InputStream.nullInputStream() : in, StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Fixture(BufferedReader lines) throws IOException {
    String id = "";
    Entry entry = new Entry("", new HashMap<>());
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] words = line.split(" ", -1);
      switch (words[0]) {
        case "#" -> {}
        case "case" -> id = words[1];
        case "in" -> {
          entry = new Entry(words[1], new HashMap<>());
          entries.put(id, entry);
        }
        default -> entry.numbers().put(words[0], numbers(words, words[0].equals("y") ? 2 : 1));
      }
    }
  }

  private static double[] numbers(String[] words, int from) {
    double[] v = new double[Math.max(0, words.length - from)];
    for (int i = 0; i < v.length; i++) {
      v[i] = Double.parseDouble(words[from + i]);
    }
    return v;
  }

  /** Returns whether there is no record. */
  boolean isEmpty() {
    return entries.isEmpty();
  }

  /** Returns the record of a case, or null. */
  @Nullable Entry of(String id) {
    return entries.get(id);
  }

  /** Returns the 64-bit FNV-1a of the operands (not the settings), as the script computes it. */
  static String digest(OpCase c) {
    long h = 0xCBF29CE484222325L;
    for (int i = 0; i < c.inputs().size(); i++) {
      if (c.inputs().get(i).role() == Input.Role.SETTING) {
        continue;
      }
      for (double v : c.values(i)) {
        long bits = Double.doubleToRawLongBits(v);
        for (int k = 0; k < 8; k++) {
          h = (h ^ ((bits >>> (8 * k)) & 0xFF)) * 0x100000001B3L;
        }
      }
    }
    return String.format("%016x", h);
  }
}
