package org.adjoint.layers.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files that are not what they say (check R5): one exception type, quickly, in little memory. */
class MalformedSafetensorsTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** What a small file may cost: the exception, its message, the objects of a reading. */
  private static final long SMALL = 64 << 10;

  private static final double P99_MILLIS = 50;
  private static final double WORST_MILLIS = 1000;

  private final Backend device = Backends.get("reference");

  private final List<Long> nanos = new ArrayList<>();

  @TempDir Path folder;

  /** No reading takes long, whichever test it is of. */
  @AfterEach
  void readingsAreQuick() {
    if (!nanos.isEmpty()) {
      nanos.sort(null);
      double p99 = nanos.get((int) (nanos.size() * 0.99)) / 1e6;
      double worst = nanos.getLast() / 1e6;
      assertTrue(
          p99 <= P99_MILLIS && worst <= WORST_MILLIS,
          () -> String.format(Locale.ROOT, "p99 %.2f ms, worst %.2f ms", p99, worst));
    }
  }

  /** What is wrong with a file. */
  enum Fault {
    NO_LENGTH,
    HALF_A_LENGTH,
    LENGTH_ZERO,
    LENGTH_ONE,
    LENGTH_NEGATIVE,
    LENGTH_BEYOND_FILE,
    LENGTH_HUGE,
    LENGTH_SHORT,
    NO_BRACE,
    NO_END,
    NO_END_OF_A_STRING,
    NOT_UTF8,
    GARBAGE_BEHIND,
    DUPLICATE_TENSOR,
    DUPLICATE_KEY,
    DUPLICATE_METADATA,
    DUPLICATE_METADATA_KEY,
    UNKNOWN_KEY,
    MISSING_KEY,
    UNKNOWN_DTYPE,
    NEGATIVE_EXTENT,
    FRACTION,
    OVERFLOWING_SHAPE,
    SHAPE_DOES_NOT_FIT,
    OFFSETS_REVERSED,
    OVERLAP,
    HOLE,
    DATA_MISSING,
    DATA_LEFT_OVER,
    DEEP_NESTING,
    METADATA_NOT_STRINGS,
    TOO_MANY_AXES,
    CONTROL_CHARACTER,
    BAD_ESCAPE
  }

  private static String entry(String name, String dtype, String shape, long begin, long end) {
    return "\""
        + name
        + "\":{\"dtype\":\""
        + dtype
        + "\",\"shape\":"
        + shape
        + ",\"data_offsets\":["
        + begin
        + ","
        + end
        + "]}";
  }

  private static byte[] with(long length, byte[] rest) {
    return ByteBuffer.allocate(8 + rest.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(length)
        .put(rest)
        .array();
  }

  /** A file with this fault and otherwise random content. */
  private static byte[] make(Fault fault, int scale, SplittableRandom random) {
    int n = scale * (1 + random.nextInt(40));
    int m = scale * (1 + random.nextInt(40));
    String a = entry("a" + random.nextInt(9), "F32", "[" + n + "]", 0, 4L * n);
    String b = entry("b", "F64", "[" + m + "]", 4L * n, 4L * n + 8L * m);
    byte[] data = new byte[4 * n + 8 * m];
    random.nextBytes(data);
    String sound = "{" + a + "," + b + "}";
    byte[] good = SafetensorsTest.file(sound, data);
    byte[] rest = Arrays.copyOfRange(good, 8, good.length);
    String wrong =
        switch (fault) {
          case NO_BRACE -> sound.substring(1);
          case NO_END -> sound.substring(0, sound.length() - 1 - random.nextInt(30));
          case NO_END_OF_A_STRING ->
              sound.substring(0, sound.lastIndexOf("\"b\"")) + "\"b" + (n % 2 == 0 ? "\\n" : "");
          case GARBAGE_BEHIND -> sound + " " + "x,}]\"\n".charAt(random.nextInt(6));
          case DUPLICATE_TENSOR -> "{" + b + "," + a + "," + b + "}";
          case DUPLICATE_KEY -> sound.replaceFirst("\"shape\"", "\"dtype\":\"F32\",\"shape\"");
          case DUPLICATE_METADATA ->
              "{\"__metadata__\":{},\"__metadata__\":{}," + a + "," + b + "}";
          case DUPLICATE_METADATA_KEY ->
              "{\"__metadata__\":{\"k\":\"1\",\"k\":\"" + n + "\"}," + a + "," + b + "}";
          case UNKNOWN_KEY -> sound.replaceFirst("\"shape\"", "\"strides\":[1],\"shape\"");
          case MISSING_KEY ->
              random.nextBoolean()
                  ? sound.replaceFirst("\"dtype\":\"F32\",", "")
                  : sound.replaceFirst("\"shape\":\\[\\d+\\],", "");
          case UNKNOWN_DTYPE ->
              sound.replace(
                  "F64", new String[] {"F8_E4M3", "C64", "F4", "U", "f64", ""}[random.nextInt(6)]);
          case NEGATIVE_EXTENT -> sound.replace("[" + m + "]", "[-" + m + "]");
          case FRACTION ->
              sound.replace("[" + m + "]", "[" + m + new String[] {".0]", "e0]", "e+1]"}[n % 3]);
          case OVERFLOWING_SHAPE ->
              sound.replace(
                  "[" + m + "]",
                  new String[] {
                        "[4294967296,4294967296]",
                        "[99999999999999999999]",
                        "[65536,65536," + m + "]"
                      }
                      [random.nextInt(3)]);
          case SHAPE_DOES_NOT_FIT -> sound.replace("[" + m + "]", "[" + (m + 1) + "]");
          case OFFSETS_REVERSED -> "{" + entry("a", "F32", "[" + n + "]", 4L * n, 0) + "}";
          case OVERLAP -> "{" + a + "," + entry("b", "F64", "[" + m + "]", 0, 8L * m) + "}";
          case HOLE ->
              "{"
                  + a
                  + ","
                  + entry("b", "F64", "[" + m + "]", 4L * n + 4, 4L * n + 4 + 8L * m)
                  + "}";
          case DEEP_NESTING -> "{\"a\":" + "[".repeat(2000 + n) + "}";
          case METADATA_NOT_STRINGS -> "{\"__metadata__\":{\"k\":" + n + "}," + a + "," + b + "}";
          case TOO_MANY_AXES -> sound.replace("[" + m + "]", "[" + "1,".repeat(40 + n) + m + "]");
          case CONTROL_CHARACTER -> sound.replaceFirst("\"b\"", "\"b" + (char) (n % 32) + "\"");
          case BAD_ESCAPE ->
              sound.replaceFirst(
                  "\"b\"",
                  new String[] {"\"\\\\x\"", "\"\\\\u12g4\"", "\"\\\\u00\""}[random.nextInt(3)]);
          default -> sound;
        };
    return switch (fault) {
      case NO_LENGTH -> new byte[0];
      case HALF_A_LENGTH -> Arrays.copyOf(good, 1 + random.nextInt(7));
      case LENGTH_ZERO -> with(0, rest);
      case LENGTH_ONE -> with(1, rest);
      case LENGTH_NEGATIVE -> with(-1L - random.nextInt(1000), rest);
      case LENGTH_BEYOND_FILE -> with(rest.length + 1L + random.nextInt(1000), rest);
      case LENGTH_HUGE -> with(Long.MAX_VALUE - random.nextInt(1000), rest);
      case LENGTH_SHORT -> with(2 + random.nextInt(sound.length() - 2), rest);
      case NOT_UTF8 -> {
        byte[] f = good.clone();
        f[8 + sound.indexOf("\"b\"") + 1] = (byte) (0x80 + random.nextInt(64));
        yield f;
      }
      case DATA_MISSING -> Arrays.copyOf(good, good.length - 1 - random.nextInt(data.length));
      case DATA_LEFT_OVER -> Arrays.copyOf(good, good.length + 1 + random.nextInt(100));
      default -> SafetensorsTest.file(wrong, data);
    };
  }

  @ParameterizedTest
  @EnumSource
  void everyFaultIsRefused(Fault fault) throws IOException {
    for (int seed = 0; seed < 100; seed++) {
      String what = fault + " with seed " + seed;
      assertTrue(read(make(fault, 1, new SplittableRandom(seed))) != null, what + " was read");
      if (seed < 3) {
        // Large enough that nothing counts but the size of the file.
        byte[] large = make(fault, 5001, new SplittableRandom(seed));
        assertTrue(read(large) != null, "large " + what + " was read");
      }
    }
  }

  /** Reads, within the limits of memory; returns the refusal, or null if the file was fine. */
  private CheckpointException read(byte[] bytes) throws IOException {
    Path file = folder.resolve("f");
    Files.write(file, bytes);
    CheckpointException refusal = null;
    long allowed = Math.max(2L * bytes.length, SMALL);
    long least = Long.MAX_VALUE;
    // The first message of a kind also pays for linking the code that makes it.
    for (int i = 0; i < 2 && least > allowed; i++) {
      long start = System.nanoTime();
      long before = THREADS.getCurrentThreadAllocatedBytes();
      try {
        Safetensors.read(file, device);
      } catch (CheckpointException e) {
        refusal = e;
      }
      least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
      nanos.add(System.nanoTime() - start);
    }
    long allocated = least;
    assertTrue(
        allocated <= allowed, () -> allocated + " bytes allocated for a file of " + bytes.length);
    if (refusal != null) {
      String message = String.valueOf(refusal.getMessage());
      assertTrue(message.startsWith("load: " + file), message);
    }
    return refusal;
  }

  private static byte[] fourKilobytes(Path folder, Backend device) throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("0.weight", Tensor.zeros(device, DType.F32, 20, 30));
    tensors.put("0.bias", Tensor.zeros(device, DType.F64, 30));
    tensors.put("steps", Tensor.of(device, new int[275], 275));
    Path file = folder.resolve("four");
    Safetensors.write(file, tensors, Map.of("model", "four"));
    byte[] bytes = Files.readAllBytes(file);
    assertEquals(4096, bytes.length, 200);
    return bytes;
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    byte[] whole = fourKilobytes(folder, device);
    assertTrue(read(whole) == null);
    for (int n = 0; n < whole.length; n++) {
      int length = n;
      assertTrue(read(Arrays.copyOf(whole, n)) != null, () -> length + " bytes were read");
    }
  }

  @Test
  @Tag("sweep")
  void everyBitFlipIsRefusedOrHarmless() throws IOException {
    byte[] whole = fourKilobytes(folder, device);
    int header = (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    int refused = 0;
    for (int bit = 0; bit < 8 * whole.length; bit++) {
      byte[] flipped = whole.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      boolean bad = read(flipped) != null;
      refused += bad ? 1 : 0;
      // A flip in an element is another number; in a name or a text another name.
      assertTrue(!bad || bit / 8 < 8 + header, "refused for a bit of an element");
    }
    assertTrue(refused > 8 * header / 2, refused + " of " + 8 * header + " header bits refused");
  }

  @Test
  @Tag("sweep")
  void aHundredThousandMutations() throws IOException {
    byte[] whole = fourKilobytes(folder, device);
    int header = 8 + (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    SplittableRandom random = new SplittableRandom(1);
    byte[] tokens = "{}[]\",:\\0123456789eE+-.FI32__ \t\n".getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < 100_000; i++) {
      byte[] f = whole.clone();
      int changes = 1 + random.nextInt(4);
      for (int c = 0; c < changes; c++) {
        f[random.nextInt(header)] =
            random.nextBoolean() ? tokens[random.nextInt(tokens.length)] : (byte) random.nextInt();
      }
      read(f);
    }
  }

  @Test
  void aLargeFileCostsLittleMoreThanItself() throws IOException {
    Path file = folder.resolve("large");
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (int i = 0; i < 40; i++) {
      tensors.put("layer" + i, Tensor.zeros(device, DType.F32, 50_000));
    }
    Safetensors.write(file, tensors, Map.of());
    assertTrue(read(Files.readAllBytes(file)) == null);
  }

  @Test
  void headersAreLimited() throws IOException {
    byte[] huge = new byte[(16 << 20) + 100];
    Arrays.fill(huge, (byte) ' ');
    ByteBuffer.wrap(huge).order(ByteOrder.LITTLE_ENDIAN).putLong(0, (16 << 20) + 1);
    Path file = folder.resolve("huge");
    Files.write(file, huge);
    CheckpointException e =
        assertThrows(CheckpointException.class, () -> Safetensors.readMetadata(file));
    assertTrue(String.valueOf(e.getMessage()).contains("16777216"), e.getMessage());
  }
}
