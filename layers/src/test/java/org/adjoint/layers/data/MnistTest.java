package org.adjoint.layers.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.adjoint.tensor.ArgumentException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** IDX files: good, missing, truncated, foreign, lying. */
class MnistTest {
  private static final String TRAIN = "train-images-idx3-ubyte";
  private static final String LABELS = "train-labels-idx1-ubyte";

  @TempDir Path folder;

  static byte[] idx(byte[] elements, int... dims) {
    ByteBuffer b = ByteBuffer.allocate(4 + 4 * dims.length + elements.length);
    b.putInt(0x800 + dims.length);
    for (int d : dims) {
      b.putInt(d);
    }
    return b.put(elements).array();
  }

  private static byte[] zipped(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gz = new GZIPOutputStream(out)) {
      gz.write(bytes);
    }
    return out.toByteArray();
  }

  private static byte[] pixels(int n, int seed) {
    byte[] b = new byte[n];
    for (int i = 0; i < n; i++) {
      b[i] = (byte) (seed + 7 * i);
    }
    return b;
  }

  @BeforeEach
  void fourGoodFiles() throws IOException {
    Files.write(folder.resolve(TRAIN), idx(pixels(60, 1), 5, 3, 4));
    Files.write(folder.resolve(LABELS + ".gz"), zipped(idx(new byte[] {0, 9, 1, 2, 3}, 5)));
    Files.write(folder.resolve("t10k-images-idx3-ubyte.gz"), zipped(idx(pixels(24, 2), 2, 3, 4)));
    Files.write(folder.resolve("t10k-labels-idx1-ubyte"), idx(new byte[] {4, 5}, 2));
  }

  @Test
  void readsPlainAndZippedFiles() {
    Mnist m = Mnist.fromFolder(folder);
    assertEquals(5, m.train().size());
    assertEquals(2, m.test().size());
    assertEquals(10, m.train().classes());
    assertEquals(9, m.train().label(1));
    assertArrayEquals(new int[] {1, 3, 4}, m.train().shape().toArray());
    assertEquals(3, m.train().height());
    assertEquals(4, m.train().width());
    assertEquals((1 + 7 * 29) & 0xFF, m.train().pixel(2, 1, 1));
    float[] v = new float[14];
    m.train().read(2, v, 1);
    assertEquals(0, v[0]);
    assertEquals(((1 + 7 * 29) & 0xFF) / 255f, v[1 + 5], 1e-7f);
    m.standardised().train().read(2, v, 1);
    assertEquals((((1 + 7 * 29) & 0xFF) / 255.0 - 0.1307) / 0.3081, v[1 + 5], 1e-6);
    assertEquals((0 - 0.1307) / 0.3081, m.standardised().train().background(), 1e-6);
    assertArrayEquals(new int[] {12}, m.flattened().test().shape().toArray());
  }

  @Test
  void readsFromTheClassPath() {
    DataException e =
        assertThrows(
            DataException.class, () -> Mnist.fromResources(MnistTest.class, "/no/such/folder"));
    assertMessage(e, "class path:/no/such/folder/train-images-idx3-ubyte", "missing", ".gz");
  }

  @Test
  void missingFilesAreNamed() throws IOException {
    refused(folder.resolve("nowhere"), "nowhere", "missing", TRAIN);
    refused(folder.resolve(TRAIN), TRAIN, "no folder");
    Files.delete(folder.resolve("t10k-labels-idx1-ubyte"));
    refused(folder, "t10k-labels-idx1-ubyte", "missing", ".gz");
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    byte[] whole = idx(pixels(60, 1), 5, 3, 4);
    for (int n = 0; n < whole.length; n++) {
      Files.write(folder.resolve(TRAIN), Arrays.copyOf(whole, n));
      refused(folder, TRAIN);
    }
    Files.delete(folder.resolve(TRAIN));
    byte[] packed = zipped(whole);
    for (int n = 0; n < packed.length; n++) {
      Files.write(folder.resolve(TRAIN + ".gz"), Arrays.copyOf(packed, n));
      refused(folder, TRAIN + ".gz");
    }
  }

  @Test
  void foreignAndDamagedFilesAreRefused() throws IOException {
    replace(new byte[0], "empty");
    replace(
        "<html>404</html>".getBytes(java.nio.charset.StandardCharsets.UTF_8),
        "3c 68 74 6d",
        "00 00 08 03");
    replace(idx(new byte[5], 5), "00 00 08 01");
    replace(idx(pixels(61, 1), 5, 3, 4), "longer", "[5, 3, 4]");
    replace(idx(pixels(60, 1), 6, 3, 4), "truncated", "60 of the 72");
    replace(idx(pixels(48, 1), 4, 3, 4), "4 images", "5");
    replace(idx(new byte[0], Integer.MAX_VALUE, 28, 28), "2147483647", "at most");
    replace(idx(new byte[0], -1, 28, 28), "4294967295");
    replace(idx(new byte[0], 5, 0, 4), "images");
    // 2 GB announced, none there: refused before they are allocated.
    replace(idx(new byte[10], 2_000_000, 32, 32), "truncated", "10 of the 2048000000");
    byte[] packed = zipped(idx(pixels(60, 1), 5, 3, 4));
    packed[packed.length - 6] ^= 1;
    Files.delete(folder.resolve(TRAIN));
    Files.write(folder.resolve(TRAIN + ".gz"), packed);
    refused(folder, TRAIN + ".gz", "damaged");
  }

  private void replace(byte[] content, String... inMessage) throws IOException {
    Files.write(folder.resolve(TRAIN), content);
    refused(folder, inMessage);
  }

  @Test
  void labelsOutOfRangeAreRefused() throws IOException {
    Files.write(folder.resolve(LABELS + ".gz"), idx(new byte[] {0, 1, 10, 2, 3}, 5));
    refused(folder, "label of image 2", "10", "0 to 9");
  }

  @Test
  void emptyDataIsRefused() throws IOException {
    Files.write(folder.resolve(TRAIN), idx(new byte[0], 0, 28, 28));
    Files.write(folder.resolve(LABELS + ".gz"), idx(new byte[0], 0));
    refused(folder, "without images");
  }

  @Test
  void imagesCheckTheirArguments() {
    assertThrows(ArgumentException.class, () -> Images.of(new byte[5], new byte[1], 2, 2, 10));
    assertThrows(ArgumentException.class, () -> Images.of(new byte[4], new byte[1], 2, 2, 0));
    assertThrows(
        ArgumentException.class, () -> Images.of(new byte[4], new byte[1], 2, 2, 10).scaled(0, 0));
  }

  private static void refused(Path where, String... inMessage) {
    assertMessage(assertThrows(DataException.class, () -> Mnist.fromFolder(where)), inMessage);
  }

  private static void assertMessage(DataException e, String... parts) {
    for (String part : parts) {
      assertTrue(
          String.valueOf(e.getMessage()).contains(part), () -> part + " in " + e.getMessage());
    }
  }
}
