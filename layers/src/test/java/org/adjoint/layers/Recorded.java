package org.adjoint.layers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/** Fixtures of trajectories.py: lines of words, and the numbers that both sides compute. */
final class Recorded {
  private Recorded() {}

  /** The lines from one header to the next. */
  static final class Block {
    private final List<List<String>> lines = new ArrayList<>();

    boolean has(String name) {
      return !all(name).isEmpty();
    }

    /** All lines of this name, split at blanks; the first word is the name. */
    List<List<String>> all(String name) {
      return lines.stream().filter(l -> l.get(0).equals(name)).toList();
    }

    List<String> words(String name) {
      return all(name).get(0);
    }

    double[] numbers(String name) {
      return numbers(words(name), 1);
    }

    /** The numbers of line {@code number} of this name. */
    double[] row(String name, int number) {
      List<String> line = all(name).get(number - 1);
      if (!line.get(1).equals(String.valueOf(number))) {
        throw new AssertionError(line);
      }
      return numbers(line, 2);
    }

    private static double[] numbers(List<String> line, int from) {
      return line.stream().skip(from).mapToDouble(Double::parseDouble).toArray();
    }

    /** The name=value words of the optimizer's line. */
    Map<String, String> settings() {
      Map<String, String> map = new LinkedHashMap<>();
      for (String word : words("optimizer")) {
        int at = word.indexOf('=');
        if (at > 0) {
          map.put(word.substring(0, at), word.substring(at + 1));
        }
      }
      return map;
    }

    @Override
    public String toString() {
      return String.join(" ", lines.get(0));
    }
  }

  static List<Block> read(String resource, String header) {
    List<Block> blocks = new ArrayList<>();
    try (InputStream in = Recorded.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new AssertionError(resource + " is not on the class path");
      }
      BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (line.startsWith("#") || line.isBlank()) {
          continue;
        }
        List<String> words = Arrays.asList(line.split(" ", -1));
        if (words.get(0).equals(header)) {
          blocks.add(new Block());
        }
        blocks.get(blocks.size() - 1).lines.add(words);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return blocks;
  }

  static int[] shape(String text) {
    return Arrays.stream(text.split("x", -1)).mapToInt(Integer::parseInt).toArray();
  }

  static String name(Shape shape) {
    StringBuilder s = new StringBuilder();
    for (int d : shape.toArray()) {
      s.append(s.isEmpty() ? "" : "x").append(d);
    }
    return s.toString();
  }

  // ---- numbers --------------------------------------------------------------------------------

  /** The finaliser of MurmurHash3 (Appleby, 2011) over seed and position. */
  static int hash(int seed, int i) {
    int h = seed * 0x9E3779B9 + i;
    h = (h ^ (h >>> 16)) * 0x85EBCA6B;
    h = (h ^ (h >>> 13)) * 0xC2B2AE35;
    return h ^ (h >>> 16);
  }

  /** Numbers in [0, 1), exact in float32. */
  static double[] unit(int seed, int count) {
    double[] v = new double[count];
    Arrays.setAll(v, i -> (hash(seed, i) >>> 8) * 0x1p-24);
    return v;
  }

  /** Numbers in [−1, 1), exact in float32. */
  static double[] signed(int seed, int count) {
    double[] v = unit(seed, count);
    Arrays.setAll(v, i -> 2 * v[i] - 1);
    return v;
  }

  static Tensor tensor(double[] values, Device device, DType dtype) {
    Tensor t = Tensor.owned(device, dtype, Shape.of(values.length));
    write(values, t);
    return t;
  }

  /** Overwrites a dense float32 or float64 tensor. */
  static void write(double[] values, Tensor t) {
    Object array = values;
    if (t.dtype() == DType.F32) {
      float[] floats = new float[values.length];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = (float) values[i];
      }
      array = floats;
    }
    t.device().upload(array, 0, t.storage(), t.layout().offset(), values.length);
  }
}
