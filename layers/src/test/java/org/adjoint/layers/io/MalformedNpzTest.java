package org.adjoint.layers.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives of arrays that are not what they say (check R5). */
class MalformedNpzTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** What reading a small archive may cost besides its size, packed and unpacked. */
  private static final long CONSTANT = 192 << 10;

  private static final double P99_NANOS = 50e6;
  private static final double WORST_NANOS = 1e9;

  private final Backend device = Backends.get("reference");

  @TempDir Path folder;

  /** Files with these names and contents. */
  private static byte[] zip(Map<String, byte[]> entries) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> e : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(e.getKey()));
        zip.write(e.getValue());
        zip.closeEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static byte[] scalar() {
    return MalformedNpyTest.array(
        1, "{'descr': '<f4', 'fortran_order': False, 'shape': (), }", new byte[4]);
  }

  private Map<String, Tensor> read(byte[] bytes) throws IOException {
    return Npz.read(Files.write(folder.resolve("f.npz"), bytes), device);
  }

  private void refused(String part, byte[] bytes) {
    InterchangeTest.refused(
        part,
        () -> {
          try {
            read(bytes);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  @Test
  void archivesThatAreNoneAreRefused() throws IOException {
    byte[] whole = zip(Map.of("a.npy", scalar()));
    assertEquals(0, read(whole).get("a").item());
    refused("no npy array", zip(Map.of("a.txt", scalar())));
    refused("NUMPY", zip(Map.of("a.npy", new byte[20])));
    InterchangeTest.refused("no such file", () -> Npz.read(folder.resolve("none.npz"), device));
    InterchangeTest.refused("cannot be read", () -> Npz.read(folder, device));
    // A central directory that promises far more than there is.
    byte[] lying = whole.clone();
    ByteBuffer.wrap(lying)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(directory(whole) + 24, 2_000_000_000);
    refused("cannot hold that many", lying);
  }

  private static int directory(byte[] zip) {
    return new String(zip, StandardCharsets.ISO_8859_1).indexOf("PK\1\2");
  }

  @Test
  void aNameThatIsThereTwiceIsRefused() {
    Map<String, byte[]> two = new LinkedHashMap<>();
    two.put("a.npy", scalar());
    two.put("b.npy", scalar());
    String text = new String(zip(two), StandardCharsets.ISO_8859_1);
    refused("twice", text.replace("b.npy", "a.npy").getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Two arrays, packed, in some 700 bytes. */
  private byte[] sound() throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    double[] values = new double[24];
    Arrays.setAll(values, Math::sin);
    tensors.put("weight", Tensor.of(device, values, 4, 6));
    tensors.put("steps", Tensor.zeros(device, DType.I32, 9));
    Path file = folder.resolve("sound.npz");
    Npz.write(file, tensors);
    return Files.readAllBytes(file);
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    byte[] whole = sound();
    assertEquals(2, read(whole).size());
    for (int n = 0; n < whole.length; n++) {
      refused("", Arrays.copyOf(whole, n));
    }
  }

  /** A checksum stands over each array: what is read is what was written. */
  @Test
  void everyBitFlipIsRefusedOrHarmless() throws IOException {
    byte[] whole = sound();
    Map<String, Tensor> expected = read(whole);
    int harmless = 0;
    for (int bit = 0; bit < 8 * whole.length; bit++) {
      byte[] f = whole.clone();
      f[bit / 8] ^= (byte) (1 << bit % 8);
      try {
        Map<String, Tensor> tensors = read(f);
        // Times and comments, say; a name may be another.
        harmless++;
        assertEquals(expected.size(), tensors.size());
        var values = tensors.values().iterator();
        for (Tensor e : expected.values()) {
          assertEquals(e.toString(), values.next().toString(), "bit " + bit);
        }
      } catch (CheckpointException e) {
        assertTrue(String.valueOf(e.getMessage()).startsWith("load: "), e.getMessage());
      }
    }
    assertTrue(harmless < 8 * whole.length / 2, harmless + " of " + 8 * whole.length);
  }

  @Test
  @Tag("sweep")
  void aHundredThousandMutations() throws IOException {
    byte[] whole = sound();
    long unpacked = 2 * 128 + 24 * 8 + 9 * 4;
    byte[] tokens = "PK\1\2\3\4\5\6\0\b.npy".getBytes(StandardCharsets.ISO_8859_1);
    SplittableRandom random = new SplittableRandom(7);
    long[] nanos = new long[100_000];
    int refused = 0;
    for (int i = 0; i < nanos.length; i++) {
      byte[] f = whole.clone();
      for (int c = random.nextInt(4); c >= 0; c--) {
        int at = random.nextInt(f.length);
        switch (random.nextInt(3)) {
          case 0 -> f[at] = tokens[random.nextInt(tokens.length)];
          case 1 -> f[at] = (byte) random.nextInt();
          default -> f[at] ^= (byte) (1 << random.nextInt(8));
        }
      }
      Path file = Files.write(folder.resolve("m.npz"), f);
      long start = System.nanoTime();
      long before = THREADS.getCurrentThreadAllocatedBytes();
      try {
        Npz.read(file, device);
      } catch (CheckpointException e) {
        refused++;
        assertTrue(String.valueOf(e.getMessage()).startsWith("load: "), e.getMessage());
      }
      long bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
      nanos[i] = System.nanoTime() - start;
      // The first reads load the classes that they and their refusals need.
      assertTrue(
          i < 1000 || bytes <= CONSTANT + 2 * (f.length + unpacked),
          bytes + " bytes at mutation " + i);
    }
    assertTrue(refused > nanos.length / 4, refused + " refused");
    Arrays.sort(nanos);
    assertTrue(nanos[nanos.length * 99 / 100] <= P99_NANOS, "99th percentile");
    assertTrue(nanos[nanos.length - 1] <= WORST_NANOS, nanos[nanos.length - 1] + " ns");
  }
}
