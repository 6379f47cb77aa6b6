package org.adjoint.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Compares with prints recorded from NumPy by {@code src/test/python/print_cases.py}. */
class PrinterTest {
  private final Device device = new TestDevice();

  @TestFactory
  Stream<DynamicTest> printsAsNumPyDoes() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    try (BufferedReader in = open()) {
      String line = in.readLine();
      assertTrue(line.startsWith("numpy 2."), line);
      line = in.readLine();
      while (line != null) {
        String head = line;
        List<String> text = new ArrayList<>();
        for (line = in.readLine(); line != null && line.startsWith("|"); line = in.readLine()) {
          text.add(line.substring(1));
        }
        tests.add(
            DynamicTest.dynamicTest(
                tests.size() + " " + head.substring(0, Math.min(60, head.length())),
                () -> assertEquals(String.join("\n", text), tensor(head).toString())));
      }
    }
    assertTrue(tests.size() > 250, "only " + tests.size() + " cases");
    return tests.stream();
  }

  /** Another recording, with more random cases, can be named by a system property. */
  private static BufferedReader open() throws IOException {
    String other = System.getProperty("adjoint.prints");
    if (other != null) {
      return Files.newBufferedReader(Path.of(other));
    }
    var stream = PrinterTest.class.getResourceAsStream("prints.txt");
    assertNotNull(stream);
    return new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
  }

  private Tensor tensor(String head) {
    String[] part = head.split(" ");
    int[] dims =
        part[1].equals("-")
            ? new int[0]
            : Arrays.stream(part[1].split("x")).mapToInt(Integer::parseInt).toArray();
    int n = Shape.of(dims).size();
    double[] v = new double[n];
    if (part[2].equals("range")) {
      double start = Double.parseDouble(part[3]);
      double step = Double.parseDouble(part[4]);
      Arrays.setAll(v, i -> start + i * step);
    } else if (n > 0) {
      String[] words = part[2].split(",");
      Arrays.setAll(v, i -> number(part[0], words[i]));
    }
    return switch (part[0]) {
      case "f32" -> {
        float[] f = new float[n];
        for (int i = 0; i < n; i++) {
          f[i] = (float) v[i];
        }
        yield Tensor.of(device, f, dims);
      }
      case "f64" -> Tensor.of(device, v, dims);
      default -> Tensor.of(device, Arrays.stream(v).mapToInt(x -> (int) x).toArray(), dims);
    };
  }

  private static double number(String dtype, String word) {
    return switch (dtype) {
      case "f32" -> Float.intBitsToFloat(Integer.parseUnsignedInt(word, 16));
      case "f64" -> Double.longBitsToDouble(Long.parseUnsignedLong(word, 16));
      default -> Integer.parseInt(word);
    };
  }

  @Test
  void printsViewsInTheirOwnOrder() {
    Tensor t = Tensor.of(device, new int[] {1, 2, 3, 4, 5, 6}, 2, 3);
    assertEquals("[[1 4]\n [2 5]\n [3 6]]", t.transpose(0, 1).toString());
    assertEquals("[4 5 6]", t.select(0, 1).toString());
    assertEquals("6", t.select(0, 1).select(0, -1).toString());
    assertEquals("[[1 3]\n [4 6]]", t.slice(1, 0, 3, 2).toString());
  }

  @Test
  void printsLargeViewsByTheirCorners() {
    int[] v = new int[64 * 64];
    Arrays.setAll(v, i -> i);
    Tensor t = Tensor.of(device, v, 64, 64).transpose(0, 1).slice(0, 0, 64, 2);
    assertEquals(
        """
        [[   0   64  128 ... 3904 3968 4032]
         [   2   66  130 ... 3906 3970 4034]
         [   4   68  132 ... 3908 3972 4036]
         ...
         [  58  122  186 ... 3962 4026 4090]
         [  60  124  188 ... 3964 4028 4092]
         [  62  126  190 ... 3966 4030 4094]]\
        """,
        t.toString());
  }

  @Test
  void aReleasedTensorSaysSo() {
    Tensor t = Tensor.zeros(device, DType.F32, 2);
    t.storage().release();
    assertEquals("released tensor [2]", t.toString());
  }
}
