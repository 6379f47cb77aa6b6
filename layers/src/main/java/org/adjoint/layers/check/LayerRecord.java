package org.adjoint.layers.check;

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
import org.adjoint.layers.Layer;
import org.adjoint.layers.Setup;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/**
 * What PyTorch computed of one layer in float64; layers.py in src/test/python says how, and which
 * numbers went in.
 *
 * @param name of the case
 * @param parameters the shapes of the layer's parameters, by name and in order
 * @param inputs the shapes of what it was given
 * @param shape of its output
 * @param y its output
 * @param gradients by parameters and, as {@code x0}, {@code x1}, …, by inputs
 * @param buffers what it remembers afterwards
 */
record LayerRecord(
    String name,
    Map<String, Shape> parameters,
    List<Shape> inputs,
    Shape shape,
    double[] y,
    Map<String, double[]> gradients,
    Map<String, double[]> buffers) {

  /**
   * Reads the record, which the tests and the {@code adjoint} command have on their class path, and
   * the engine's jars have not: an absent one is empty.
   */
  static List<LayerRecord> all() {
    List<LayerRecord> all = new ArrayList<>();
    try (InputStream in = Layer.class.getResourceAsStream("layers.txt");
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(
                    in == null ? InputStream.nullInputStream() : in, StandardCharsets.UTF_8))) {
      List<String[]> block = new ArrayList<>();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.split(" ", -1);
        if (words[0].equals("layer") && !block.isEmpty()) {
          all.add(of(block));
          block.clear();
        }
        if (!words[0].equals("#")) {
          block.add(words);
        }
      }
      if (!block.isEmpty()) {
        all.add(of(block));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all;
  }

  private static LayerRecord of(List<String[]> lines) {
    String name = "";
    Map<String, Shape> parameters = new LinkedHashMap<>();
    List<Shape> inputs = new ArrayList<>();
    Shape shape = Shape.of();
    double[] y = {};
    Map<String, double[]> gradients = new LinkedHashMap<>();
    Map<String, double[]> buffers = new LinkedHashMap<>();
    for (String[] words : lines) {
      switch (words[0]) {
        case "layer" -> name = words[1];
        case "parameter" -> parameters.put(words[1], shape(words[2]));
        case "input" -> inputs.add(shape(words[1]));
        case "y" -> {
          shape = shape(words[1]);
          y = numbers(words);
        }
        case "gradient" -> gradients.put(words[1], numbers(words));
        default -> buffers.put(words[1], numbers(words));
      }
    }
    return new LayerRecord(name, parameters, inputs, shape, y, gradients, buffers);
  }

  private static Shape shape(String text) {
    return Shape.of(Arrays.stream(text.split("x", -1)).mapToInt(Integer::parseInt).toArray());
  }

  private static double[] numbers(String[] words) {
    return Arrays.stream(words).skip(2).mapToDouble(Double::parseDouble).toArray();
  }

  // ---- numbers that both sides compute --------------------------------------------------------

  /** Numbers in [−1, 1), exact in float32: the finaliser of MurmurHash3 (Appleby, 2011). */
  static double[] signed(int seed, int count) {
    double[] v = new double[count];
    for (int i = 0; i < count; i++) {
      int h = seed * 0x9E3779B9 + i;
      h = (h ^ (h >>> 16)) * 0x85EBCA6B;
      h = (h ^ (h >>> 13)) * 0xC2B2AE35;
      v[i] = ((h ^ (h >>> 16)) >>> 8) * 0x1p-23 - 1;
    }
    return v;
  }

  /** Returns a tensor of the setup's device and type. */
  static Tensor tensor(Setup setup, double[] values, Shape shape) {
    Tensor t = Tensor.owned(setup.device(), setup.dtype(), shape);
    write(values, t);
    return t;
  }

  /** Overwrites a dense tensor. */
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
