package org.adjoint.layers.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.BatchNorm;
import org.adjoint.layers.Dropout;
import org.adjoint.layers.Flatten;
import org.adjoint.layers.Inference;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Sequential;
import org.adjoint.layers.Setup;
import org.adjoint.layers.models.Models;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsTest {
  private final Backend device = Backends.get("reference");

  @TempDir Path folder;

  static byte[] file(String header, byte... data) {
    byte[] h = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + h.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(h.length)
        .put(h)
        .put(data)
        .array();
  }

  @Test
  void metadataAreWrittenInTheOrderOfTheirNames() throws IOException {
    Map<String, Tensor> tensors = Map.of("w", Tensor.of(device, new float[] {1}));
    LinkedHashMap<String, String> metadata = new LinkedHashMap<>();
    for (String name : List.of("seed", "epochs", "model")) {
      metadata.put(name, name);
    }
    Path first = folder.resolve("first.safetensors");
    Safetensors.write(first, tensors, metadata);
    Path second = folder.resolve("second.safetensors");
    Safetensors.write(second, tensors, metadata.reversed());
    assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second));
  }

  @Test
  void everyTypeAndShapeComesBack() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("scalar", Tensor.of(device, new float[] {-0.0f}));
    tensors.put("integers", Tensor.of(device, new int[] {1, -2, Integer.MIN_VALUE}, 3));
    tensors.put("empty", Tensor.zeros(device, DType.F32, 3, 0, 2));
    tensors.put("doubles", Tensor.of(device, new double[] {Math.PI, Double.NaN}, 2, 1));
    float[] large = new float[100_001];
    for (int i = 0; i < large.length; i++) {
      large[i] = i * 0.37f;
    }
    tensors.put("large.weight \"ü\\ \t", Tensor.of(device, large, large.length));
    tensors.put("view", Tensor.of(device, new float[] {1, 2, 3, 4, 5, 6}, 2, 3).transpose(0, 1));
    Map<String, String> metadata = Map.of("model", "ünï\n\"\u0001", "𝄞", "");
    Path file = folder.resolve("a.safetensors");
    Safetensors.write(file, tensors, metadata);
    Safetensors.Contents c = Safetensors.read(file, device);
    assertEquals(metadata, c.metadata());
    assertEquals(metadata, Safetensors.readMetadata(file));
    assertEquals(tensors.keySet(), c.tensors().keySet());
    tensors.forEach(
        (name, t) -> {
          Tensor read = c.tensors().get(name);
          assertEquals(t.dtype(), read.dtype(), name);
          assertEquals(t.shape(), read.shape(), name);
          assertArrayEquals(t.toDoubleArray(), read.toDoubleArray(), name);
        });
    assertEquals(
        Float.floatToRawIntBits(-0.0f),
        Float.floatToRawIntBits(c.tensors().get("scalar").toFloatArray()[0]));
  }

  @Test
  void theBytesAreThoseOfTheFormat() throws IOException {
    Path file = folder.resolve("b.safetensors");
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("w", Tensor.of(device, new float[] {1, 2}, 1, 2));
    tensors.put("d", Tensor.of(device, new double[] {3}));
    Safetensors.write(file, tensors, Map.of("k", "v"));
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int n = (int) b.getLong();
    assertEquals(0, n % 8);
    assertEquals(
        "{\"__metadata__\":{\"k\":\"v\"},"
            + "\"d\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[0,8]},"
            + "\"w\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[8,16]}}",
        new String(bytes, 8, n, StandardCharsets.UTF_8).stripTrailing());
    b.position(8 + n);
    assertEquals(3.0, b.getDouble());
    assertEquals(1f, b.getFloat());
    assertEquals(2f, b.getFloat());
    assertFalse(b.hasRemaining());
  }

  @Test
  void readsWhatOthersWrite() throws IOException {
    // As Python's json writes it: blanks, another order of keys and tensors, escapes, no padding.
    Path file = folder.resolve("c.safetensors");
    Files.write(
        file,
        file(
            "{\"b\\u0041\\/\": {\"shape\": [2], \"dtype\": \"I32\", \"data_offsets\": [4, 12]}, "
                + "\"a\": {\"data_offsets\": [0, 4], \"dtype\": \"F32\", \"shape\": []}}",
            new byte[] {0, 0, (byte) 0x80, 0x3F, 1, 0, 0, 0, -1, -1, -1, -1}));
    Map<String, Tensor> t = Safetensors.read(file, device).tensors();
    assertEquals(1, t.get("a").item());
    assertArrayEquals(new int[] {1, -1}, t.get("bA/").toIntArray());
    Files.write(file, file("{}"));
    assertTrue(Safetensors.read(file, device).tensors().isEmpty());
    Files.write(file, file("{ \"__metadata__\" : { } }   "));
    assertTrue(Safetensors.read(file, device).metadata().isEmpty());
    Safetensors.write(file, Map.of(), Map.of("only", "text"));
    assertEquals(Map.of("only", "text"), Safetensors.read(file, device).metadata());
  }

  /**
   * The file was written by safetensors.torch.save_file of Python's safetensors 0.8.0, which also
   * read the files of this writer back.
   */
  @Test
  void readsAFileFromPython() throws Exception {
    Path file =
        Path.of(
            SafetensorsTest.class.getResource("/org/adjoint/layers/python.safetensors").toURI());
    Safetensors.Contents c = Safetensors.read(file, device);
    assertEquals(Map.of("model", "ü"), c.metadata());
    assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5}, c.tensors().get("0.weight").toFloatArray());
    assertArrayEquals(new int[] {2, 3}, c.tensors().get("0.weight").shape().toArray());
    assertArrayEquals(new float[] {1, -1}, c.tensors().get("0.bias").toFloatArray());
    assertEquals(5, c.tensors().get("n").item());
    assertArrayEquals(new int[] {0, 3}, c.tensors().get("d").shape().toArray());
    assertEquals(DType.F64, c.tensors().get("d").dtype());
    Checkpoint.load(folder.resolve(asLinear(c)), new Linear(Setup.of(device, DType.F32, 1), 3, 2));
  }

  private Path asLinear(Safetensors.Contents c) {
    Path file = folder.resolve("linear");
    Safetensors.write(
        file,
        Map.of("weight", c.tensors().get("0.weight"), "bias", c.tensors().get("0.bias")),
        c.metadata());
    return file;
  }

  private Sequential model(int seed) {
    Setup setup = Setup.of(device, DType.F32, seed);
    return new Sequential(
        new Linear(setup, 4, 6), new BatchNorm(setup, 6), new Dropout(setup, 0.5));
  }

  @Test
  void networksComeBackWithBuffersAndStreams() {
    Sequential a = model(1);
    Variable x = Variable.of(Tensor.of(device, new float[] {1, 2, 3, 4, 5, 6, 7, 9}, 2, 4));
    a.forward(x);
    Path file = folder.resolve("d.safetensors");
    Checkpoint.save(file, a, Map.of("model", "test"));
    float[] expected = a.forward(x).value().toFloatArray();
    Sequential b = model(1);
    b.forward(x);
    b.forward(x);
    Map<String, String> metadata = Checkpoint.load(file, b);
    assertEquals("test", metadata.get("model"));
    assertEquals(metadata, Checkpoint.metadata(file));
    assertArrayEquals(expected, b.forward(x).value().toFloatArray());
    assertArrayEquals(
        a.buffers().get("1.running_mean").toFloatArray(),
        b.buffers().get("1.running_mean").toFloatArray());
    // Another seed: other masks, so only evaluation mode is the same.
    Sequential c = model(2);
    Checkpoint.load(file, c);
    assertEquals(0, c.streams().get("2.mask").offset());
  }

  @Test
  void checkpointsOfOtherModelsChangeNothing() throws IOException {
    Path file = folder.resolve("e.safetensors");
    Checkpoint.save(file, Models.perceptron(Setup.of(device, DType.F32, 1), 3, 2), Map.of());
    Setup setup = Setup.of(device, DType.F32, 2);
    refused(file, Models.perceptron(setup, 4, 2), "0.weight", "float32[2, 3]", "float32[2, 4]");
    refused(file, Models.perceptron(setup, 3, 2, 2), "without \"2.weight\"");
    refused(file, new Sequential(new Flatten(), new Linear(setup, 3, 2)), "without \"1.weight\"");
    refused(file, new Sequential(new Linear(setup, 3, 2, false)), "\"0.bias\"");
    refused(file, new Linear(Setup.of(device, DType.F64, 2), 3, 2), "without \"weight\"");
    refused(file, new Flatten(), "no parameters");
    Sequential sealed = Models.perceptron(setup, 3, 2);
    Inference.of(sealed);
    refused(file, sealed, "Inference");
    refused(folder.resolve("none"), Models.perceptron(setup, 3, 2), "none", "no such file");
    refused(folder, Models.perceptron(setup, 3, 2), "cannot be read");
    Map<String, Tensor> tensors = Models.perceptron(setup, 3, 2).tensors();
    Dropout dropout = new Dropout(setup, 0.5);
    Sequential stream = new Sequential(new Linear(setup, 3, 2), dropout);
    long seed = stream.streams().get("1.mask").seed();
    Safetensors.write(file, tensors, Map.of("stream.1.mask", seed + ":x"));
    refused(file, stream, "damaged");
  }

  private static void refused(Path file, org.adjoint.layers.Network network, String... parts) {
    Map<String, double[]> before = new LinkedHashMap<>();
    network.tensors().forEach((name, t) -> before.put(name, t.toDoubleArray()));
    CheckpointException e =
        assertThrows(CheckpointException.class, () -> Checkpoint.load(file, network));
    for (String part : parts) {
      assertTrue(
          String.valueOf(e.getMessage()).contains(part), () -> part + " in " + e.getMessage());
    }
    network.tensors().forEach((n, t) -> assertArrayEquals(before.get(n), t.toDoubleArray()));
  }

  @Test
  void foldersThatCannotBeWrittenAreNamed() throws IOException {
    Linear layer = new Linear(Setup.of(device, DType.F32, 1), 2, 2);
    cannotSave(folder.resolve("no").resolve("x.safetensors"), layer, "create");
    cannotSave(folder, layer, "folder");
    Path plain = Files.writeString(folder.resolve("plain"), "x");
    cannotSave(plain.resolve("x.safetensors"), layer, "create");
    CheckpointException e =
        assertThrows(
            CheckpointException.class,
            () ->
                Safetensors.write(plain, Map.of("__metadata__", layer.weight().value()), Map.of()));
    assertTrue(String.valueOf(e.getMessage()).contains("rename"), e.getMessage());
    assertEquals("x", Files.readString(plain));
    // A name of the file system's own making: too long.
    cannotSave(folder.resolve("x".repeat(300)), layer, "writable");
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(1, left.count(), "no temporary file stays");
    }
  }

  @Test
  void aFailureWhileWritingLeavesTheOldFile() throws IOException {
    Path file = Files.writeString(folder.resolve("old"), "old");
    List<Throwable> failures =
        List.of(
            new IOException("disk full"), new IllegalStateException("x"), new StackOverflowError());
    List<Throwable> seen = new ArrayList<>();
    for (Throwable t : failures) {
      seen.add(
          assertThrows(
              Throwable.class,
              () ->
                  AtomicFile.write(
                      file,
                      out -> {
                        out.write(ByteBuffer.wrap(new byte[100]));
                        if (t instanceof IOException e) {
                          throw e;
                        }
                        if (t instanceof RuntimeException e) {
                          throw e;
                        }
                        throw (Error) t;
                      })));
    }
    assertTrue(seen.get(0) instanceof CheckpointException);
    assertTrue(String.valueOf(seen.get(0).getMessage()).contains("disk full"));
    assertEquals("old", Files.readString(file));
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(1, left.count(), "no temporary file stays");
    }
    AtomicFile.write(file, "neu ü");
    assertEquals("neu ü", Files.readString(file));
  }

  private static void cannotSave(Path file, Linear layer, String part) {
    CheckpointException e =
        assertThrows(CheckpointException.class, () -> Checkpoint.save(file, layer, Map.of()));
    assertTrue(String.valueOf(e.getMessage()).contains(part), () -> part + " in " + e.getMessage());
    assertTrue(String.valueOf(e.getMessage()).contains(file.getFileName().toString()));
  }

  @Test
  void jsonNumbersAndTexts() {
    assertEquals("null", Json.number(Double.NaN));
    assertEquals("0.1", Json.number(0.1));
    assertEquals("\"a\\\"\\\\\\n\\r\\t\\u0007\\ud800é\"", Json.text("a\"\\\n\r\t\u0007\ud800é"));
  }
}
