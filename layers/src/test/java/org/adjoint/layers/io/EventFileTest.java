package org.adjoint.layers.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import javax.imageio.ImageIO;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bytes of the format; that TensorBoard reads them, interchange.py shows. */
class EventFileTest {
  private final Backend device = Backends.get("reference");

  @TempDir Path folder;

  /** Checks the framing and returns the events. */
  private static List<byte[]> records(Path file) throws IOException {
    ByteBuffer b = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<byte[]> all = new ArrayList<>();
    while (b.hasRemaining()) {
      byte[] length = new byte[8];
      b.get(b.position(), length);
      byte[] event = new byte[(int) b.getLong()];
      assertEquals(masked(length), b.getInt());
      b.get(event);
      assertEquals(masked(event), b.getInt());
      all.add(event);
    }
    return all;
  }

  private static int masked(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    long c = crc.getValue();
    return (int) ((c >>> 15 | c << 17) + 0xa282ead8L);
  }

  private static int find(byte[] event, byte[] part) {
    for (int i = 0; i + part.length <= event.length; i++) {
      if (Arrays.equals(event, i, i + part.length, part, 0, part.length)) {
        return i;
      }
    }
    throw new AssertionError("not there");
  }

  @Test
  void numbersHistogramsAndPictures() throws Exception {
    Path file;
    byte[] png;
    Tensor picture = Tensor.of(device, new float[] {0, 0.5f, 1, 2, -1, Float.NaN}, 1, 2, 3);
    try (EventFile events = EventFile.in(folder.resolve("run"))) {
      file = events.file();
      events.scalar("loss", 300, 0.25);
      events.histogram("w", 1, Tensor.of(device, new double[] {0, 1, 3, Double.NaN}, 4));
      events.histogram("same", 1, Tensor.of(device, new double[] {2, 2}, 2));
      events.image("digit", 7, picture);
      png = Png.of(picture);
      assertThrows(
          ShapeException.class, () -> events.image("x", 1, Tensor.of(device, new float[4], 2, 2)));
      assertThrows(
          ShapeException.class,
          () -> events.image("x", 1, Tensor.of(device, new float[8], 2, 2, 2)));
    }
    List<byte[]> records = records(file);
    assertEquals(5, records.size());
    assertTrue(new String(records.get(0), StandardCharsets.UTF_8).endsWith("brain.Event:2"));
    byte[] scalar = records.get(1);
    // wall_time; step 300 as a varint; then summary, value, tag and simple_value 0.25.
    assertEquals(1 << 3 | 1, scalar[0]);
    assertArrayEquals(
        new byte[] {
          16, (byte) 0xAC, 2, 42, 13, 10, 11, 10, 4, 'l', 'o', 's', 's', 21, 0, 0, (byte) 0x80, 0x3E
        },
        Arrays.copyOfRange(scalar, 9, scalar.length));
    byte[] histogram = records.get(2);
    int limits = find(histogram, new byte[] {6 << 3 | 2, (byte) 240, 1}) + 3;
    ByteBuffer b = ByteBuffer.wrap(histogram).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(0.1, b.getDouble(limits), 1e-15);
    assertEquals(3.0, b.getDouble(limits + 29 * 8));
    int counts = limits + 240 + 3;
    assertEquals(1.0, b.getDouble(counts));
    assertEquals(1.0, b.getDouble(counts + 10 * 8));
    assertEquals(1.0, b.getDouble(counts + 29 * 8));
    find(records.get(4), png);
    var image = ImageIO.read(new ByteArrayInputStream(png));
    int[] grey = new int[6];
    image.getRaster().getPixels(0, 0, 3, 2, grey);
    assertArrayEquals(new int[] {0, 128, 255, 255, 0, 0}, grey);
    float[] colours = {1, 0, 0, 1, 0, 0.2f};
    image = ImageIO.read(new ByteArrayInputStream(Png.of(Tensor.of(device, colours, 3, 1, 2))));
    assertEquals(0xFFFF0000, image.getRGB(0, 0));
    assertEquals(0xFF00FF33, image.getRGB(1, 0));
  }

  @Test
  void runsOfOneSecondAndFoldersThatCannotBeWritten() throws IOException {
    try (EventFile a = EventFile.in(folder);
        EventFile b = EventFile.in(folder)) {
      assertTrue(!a.file().equals(b.file()));
    }
    Path plain = Files.createFile(folder.resolve("plain"));
    InterchangeTest.refused("plain", () -> EventFile.in(plain));
    EventFile closed = EventFile.in(folder);
    closed.close();
    InterchangeTest.refused("cannot be written", () -> closed.scalar("x", 1, 1));
  }
}
