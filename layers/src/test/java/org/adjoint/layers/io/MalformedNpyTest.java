package org.adjoint.layers.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Arrays that are not what they say (check R5), and numbers that do not fit. */
class MalformedNpyTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final long CONSTANT = 128 << 10;

  private final Backend device = Backends.get("reference");

  @TempDir Path folder;

  static byte[] array(int version, String header, byte... data) {
    byte[] h = header.getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer b = ByteBuffer.allocate(12 + h.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    b.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
    if (version == 1) {
      b.putShort((short) h.length);
    } else {
      b.putInt(h.length);
    }
    return Arrays.copyOf(b.put(h).put(data).array(), b.position());
  }

  private Tensor read(byte[] bytes) throws IOException {
    Path file = Files.write(folder.resolve("f.npy"), bytes);
    return Npy.read(file, device);
  }

  private void refused(String part, byte[] bytes) throws IOException {
    Path file = Files.write(folder.resolve("f.npy"), bytes);
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 2; i++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      CheckpointException e =
          assertThrows(CheckpointException.class, () -> Npy.read(file, device), part);
      least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
      String message = String.valueOf(e.getMessage());
      assertTrue(message.startsWith("load: " + file), message);
      assertTrue(message.contains(part), () -> part + " in " + message);
    }
    assertTrue(least <= 2L * bytes.length + CONSTANT, least + " bytes allocated");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      quoteCharacter = '`',
      value = {
        "no { where @ 'descr': '<f4', 'fortran_order': False, 'shape': (1,), }",
        "no : where @ {'descr' '<f4', 'fortran_order': False, 'shape': (1,), }",
        "no } where @ {'descr': '<f4', 'fortran_order': False, 'shape': (1,)",
        "no } where @ {'descr': '<f4' 'fortran_order': False, 'shape': (1,), }",
        "no string where @ {'descr': <f4, 'fortran_order': False, 'shape': (1,), }",
        "no string where @ {'descr': '<f4, fortran_order: False, shape: (1,), }",
        "no string where @ {",
        "unknown key @ {'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'strides': (4,), }",
        "second 'descr' @ {'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
        "second 'shape' @ {'descr': '<f4', 'shape': (1,), 'fortran_order': False, 'shape': (1,)}",
        "are needed @ {'descr': '<f4', 'fortran_order': False, }",
        "are needed @ {'fortran_order': False, 'shape': (1,), }",
        "are needed @ {'descr': '<f4', 'shape': (1,), }",
        "are needed @ {}",
        "behind the header @ {'descr': '<f4', 'fortran_order': False, 'shape': (1,), } x",
        "neither True @ {'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }",
        "no tuple @ {'descr': '<f4', 'fortran_order': False, 'shape': (1), }",
        "no ( where @ {'descr': '<f4', 'fortran_order': False, 'shape': [1], }",
        "no ) where @ {'descr': '<f4', 'fortran_order': False, 'shape': (1, 1 1), }",
        "whole number @ {'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
        "more than 18 @ {'descr': '<f4', 'fortran_order': False, 'shape': (9999999999999999999,),"
            + " }",
        "extents that @ {'descr': '<f4', 'fortran_order': False, 'shape': (4294967296,), }",
        "extents that @ {'descr': '<f4', 'fortran_order': False, 'shape': (65536, 65536), }",
        "truncated @ {'descr': '<f4', 'fortran_order': False, 'shape': (2,), }",
        "truncated @ {'descr': '<f4', 'fortran_order': False, 'shape': (500000000,), }",
        "damaged @ {'descr': '<f4', 'fortran_order': False, 'shape': (0,), }",
        "damaged @ {'descr': '<f2', 'fortran_order': False, 'shape': (1,), }",
        "type '<c8' @ {'descr': '<c8', 'fortran_order': False, 'shape': (1,), }",
        "type '|f4' @ {'descr': '|f4', 'fortran_order': False, 'shape': (1,), }",
        "type '*f4' @ {'descr': '*f4', 'fortran_order': False, 'shape': (1,), }",
        "type '<U1' @ {'descr': '<U1', 'fortran_order': False, 'shape': (1,), }",
        "pickle @ {'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
        "structured @ {'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }",
        "empty descr @ {'descr': '', 'fortran_order': False, 'shape': (1,), }",
      })
  void everyFaultOfAHeaderIsRefused(String part, String header) throws IOException {
    refused(part, array(1, header, (byte) 0, (byte) 0, (byte) 0, (byte) 0));
  }

  @Test
  void everyFaultBeforeTheHeaderIsRefused() throws IOException {
    byte[] good =
        array(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }\n", new byte[4]);
    read(good);
    for (int n = 0; n < good.length; n++) {
      refused("", Arrays.copyOf(good, n));
    }
    refused("damaged", Arrays.copyOf(good, good.length + 1));
    for (int i = 0; i < 6; i++) {
      byte[] f = good.clone();
      f[i]++;
      refused("NUMPY", f);
    }
    byte[] version = good.clone();
    version[6] = 4;
    refused("version 4", version);
    byte[] minor = good.clone();
    minor[7] = 1;
    refused("version 1", minor);
    refused("65536 are the most", array(2, " ".repeat(70_000)));
    InterchangeTest.refused("no such file", () -> Npy.read(folder.resolve("none"), device));
    InterchangeTest.refused(
        "create", () -> Npy.write(folder.resolve("no/x"), Tensor.zeros(device, DType.F32)));
  }

  @Test
  void otherVersionsOrdersAndSpellingsAreRead() throws IOException {
    String header = "{\"shape\":(2,),'fortran_order' : True ,'descr':'>u2'}";
    for (int version = 1; version <= 3; version++) {
      Tensor t = read(array(version, header, (byte) 1, (byte) 2, (byte) 0, (byte) 5));
      assertArrayEquals(new int[] {258, 5}, t.toIntArray());
    }
  }

  /** Numbers at the edges of int32, and one beyond. */
  @ParameterizedTest
  @CsvSource({
    "i8, 2147483647, true",
    "i8, -2147483648, true",
    "i8, 2147483648, false",
    "i8, -2147483649, false",
    "i8, 4294967296, false",
    "u8, 2147483647, true",
    "u8, 2147483648, false",
    "u8, -1, false",
    "u4, 2147483647, true",
    "u4, 2147483648, false",
    "u4, 4294967295, false"
  })
  void overflowIsRefused(String type, long value, boolean fits) throws IOException {
    boolean eight = type.endsWith("8");
    ByteBuffer data = ByteBuffer.allocate(eight ? 16 : 8).order(ByteOrder.LITTLE_ENDIAN);
    if (eight) {
      data.putLong(8, value);
    } else {
      data.putInt(4, (int) value);
    }
    String header = "{'descr': '<" + type + "', 'fortran_order': False, 'shape': (2,), }";
    byte[] npy = array(1, header, data.array());
    String name = type.charAt(0) == 'i' ? "I64" : eight ? "U64" : "U32";
    byte[] safetensors =
        SafetensorsTest.file(
            "{\"w\":{\"dtype\":\""
                + name
                + "\",\"shape\":[2],\"data_offsets\":[0,"
                + data.capacity()
                + "]}}",
            data.array());
    Path file = Files.write(folder.resolve("s"), safetensors);
    if (fits) {
      assertArrayEquals(new int[] {0, (int) value}, read(npy).toIntArray());
      assertArrayEquals(
          new int[] {0, (int) value},
          Safetensors.read(file, device).tensors().get("w").toIntArray());
    } else {
      refused("element 1 beyond int32", npy);
      InterchangeTest.refused("\"w\" has an element 1", () -> Safetensors.read(file, device));
    }
  }

  @Test
  void halfFloatsAreExact() throws IOException {
    short[] bits = {0x3C00, (short) 0xC000, 0x0001, 0x7BFF, 0x7C00, (short) 0x8000, 0x7E00};
    float[] expected = {1, -2, 0x1p-24f, 65504, Float.POSITIVE_INFINITY, -0f, Float.NaN};
    ByteBuffer data = ByteBuffer.allocate(14).order(ByteOrder.LITTLE_ENDIAN);
    data.asShortBuffer().put(bits);
    String header = "{'descr': '<f2', 'fortran_order': False, 'shape': (7,), }";
    assertArrayEquals(expected, read(array(1, header, data.array())).toFloatArray());
  }

  @Test
  @Tag("sweep")
  void aHundredThousandMutations() throws IOException {
    String header = "{'descr': '<i8', 'fortran_order': True, 'shape': (3, 5), }          \n";
    byte[] whole = array(1, header, new byte[120]);
    byte[] tokens = "{}()[]'\",:\\0123456789<>|=fiu bTrueFals".getBytes(StandardCharsets.UTF_8);
    SplittableRandom random = new SplittableRandom(1);
    Path file = folder.resolve("m.npy");
    long[] nanos = new long[100_000];
    for (int i = 0; i < nanos.length; i++) {
      byte[] f = whole.clone();
      for (int c = random.nextInt(4); c >= 0; c--) {
        f[random.nextInt(f.length)] =
            random.nextBoolean() ? tokens[random.nextInt(tokens.length)] : (byte) random.nextInt();
      }
      Files.write(file, f);
      long start = System.nanoTime();
      long before = THREADS.getCurrentThreadAllocatedBytes();
      try {
        Npy.read(file, device);
      } catch (CheckpointException e) {
        assertTrue(String.valueOf(e.getMessage()).startsWith("load: "), e.getMessage());
      }
      long bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
      // The first reads load the classes that they and their refusals need.
      assertTrue(i < 1000 || bytes <= CONSTANT + 2 * f.length, bytes + " bytes at mutation " + i);
      nanos[i] = System.nanoTime() - start;
    }
    Arrays.sort(nanos);
    assertTrue(nanos[nanos.length * 99 / 100] <= 50e6, "99th percentile");
    assertTrue(nanos[nanos.length - 1] <= 1e9, nanos[nanos.length - 1] + " ns");
  }
}
