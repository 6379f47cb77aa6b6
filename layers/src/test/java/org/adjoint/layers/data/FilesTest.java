package org.adjoint.layers.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.adjoint.tensor.ArgumentException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Data files of every kind, sound and damaged. */
class FilesTest {
  @TempDir Path folder;

  static void refused(Runnable action, String... parts) {
    DataException e = assertThrows(DataException.class, action::run);
    for (String part : parts) {
      assertTrue(
          String.valueOf(e.getMessage()).contains(part), () -> part + " in " + e.getMessage());
    }
  }

  private Path file(String name, byte[] bytes) {
    try {
      return Files.write(folder.resolve(name), bytes);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Path file(String name, String text) {
    return file(name, text.getBytes(StandardCharsets.UTF_8));
  }

  // ---- CIFAR-10 -------------------------------------------------------------------------------

  private byte[] photographs(int count, int first) {
    byte[] bytes = new byte[count * 3073];
    for (int i = 0; i < count; i++) {
      Arrays.fill(bytes, i * 3073, i * 3073 + 1025, (byte) (first + i));
      Arrays.fill(bytes, i * 3073 + 1025, i * 3073 + 2049, (byte) 100);
      Arrays.fill(bytes, i * 3073 + 2049, (i + 1) * 3073, (byte) 255);
    }
    return bytes;
  }

  @Test
  void cifar10() {
    for (int b = 1; b <= 5; b++) {
      file("data_batch_" + b + ".bin", photographs(2, b));
    }
    refused(() -> Cifar10.fromFolder(folder), "test_batch.bin", "missing", "unpack");
    file("test_batch.bin", photographs(3, 7));
    Cifar10 data = Cifar10.fromFolder(folder);
    assertEquals(10, data.train().size());
    assertEquals(3, data.test().size());
    assertEquals(6, data.train().label(9));
    assertEquals("frog", Cifar10.CLASSES.get(data.train().label(9)));
    float[] x = new float[3072];
    data.train().read(9, x, 0);
    assertEquals(6 / 255f, x[0]);
    assertEquals(100 / 255f, x[1024]);
    assertEquals(1, x[3071]);
    Images scaled = data.train().scaled(new double[] {0, 0.5, 1}, new double[] {1, 2, 0.5});
    scaled.read(9, x, 0);
    assertEquals((float) ((100 / 255.0 - 0.5) / 2), x[1024]);
    assertEquals(0, x[2048]);
    assertEquals(3, scaled.channels());
    assertArrayEquals(new int[] {3072}, scaled.flattened().shape().toArray());
    assertThrows(ArgumentException.class, () -> data.train().scaled(new double[1], new double[1]));
    assertThrows(
        ArgumentException.class, () -> data.train().scaled(new double[3], new double[] {1, 1, 0}));
    file("data_batch_3.bin", new byte[3072]);
    refused(() -> Cifar10.fromFolder(folder), "data_batch_3.bin", "3072 bytes", "truncated");
    file("data_batch_3.bin", photographs(2, 9));
    refused(() -> Cifar10.fromFolder(folder), "byte 3073", "label 10");
  }

  // ---- folders of images ----------------------------------------------------------------------

  private Path picture(String name, int width, int height, int type, int... rgb)
      throws IOException {
    BufferedImage image = new BufferedImage(width, height, type);
    for (int i = 0; i < rgb.length; i++) {
      if (type == BufferedImage.TYPE_BYTE_GRAY) {
        image.getRaster().setSample(i % width, i / width, 0, rgb[i]);
      } else {
        image.setRGB(i % width, i / width, rgb[i]);
      }
    }
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    ImageIO.write(image, "png", file.toFile());
    return file;
  }

  @Test
  void folders() throws IOException {
    int rgb = BufferedImage.TYPE_INT_RGB;
    picture("b/1.png", 2, 1, rgb, 0xFF0000, 0x0000FF);
    picture("a/2.png", 2, 1, BufferedImage.TYPE_BYTE_GRAY, 10, 128);
    picture("a/1.png", 2, 1, rgb, 0x102030, 0x00FF00);
    Files.createFile(folder.resolve("a/.hidden"));
    ImageFolder colours = ImageFolder.read(folder, 3, 1, 2);
    assertEquals(List.of("a", "b"), colours.classes());
    Images images = colours.images();
    assertEquals(3, images.size());
    assertEquals(1, images.label(2));
    float[] x = new float[6];
    images.read(0, x, 0);
    float[] expected = {0x10, 0, 0x20, 255, 0x30, 0};
    for (int i = 0; i < 6; i++) {
      assertEquals(expected[i] / 255, x[i], 1e-6, "value " + i);
    }
    images.read(1, x, 0);
    assertEquals(128, Math.round(255 * x[1]), "grey is as it is in the file");
    Images grey = ImageFolder.read(folder, 1, 1, 2).images();
    assertEquals(76, grey.pixel(2, 0, 0));
    assertEquals(29, grey.pixel(2, 0, 1));
    assertEquals(128, grey.pixel(1, 0, 1));
    // Twice as coarse: the mean of two pixels, with a little of none beyond.
    Images one = ImageFolder.read(folder, 1, 1, 1).images();
    assertEquals(69, one.pixel(1, 0, 0));
    file("a/3.png", "no image");
    refused(() -> ImageFolder.read(folder, 1, 1, 1), "3.png", "no image");
    Path broken = picture("a/3.png", 9, 9, rgb, 1, 2, 3);
    file("a/3.png", Arrays.copyOf(Files.readAllBytes(broken), 60));
    refused(() -> ImageFolder.read(folder, 1, 1, 1), "3.png", "damaged");
    refused(() -> ImageFolder.read(folder.resolve("none"), 1, 1, 1), "none", "listed");
    refused(
        () -> ImageFolder.read(folder.resolve("b"), 1, 1, 1),
        "0 folders and 0 images",
        "one a class");
    assertThrows(ArgumentException.class, () -> ImageFolder.read(folder, 2, 1, 1));
    assertThrows(ArgumentException.class, () -> ImageFolder.read(folder, 1, 0, 1));
  }

  @Test
  void resizingIsThatOfPillow() {
    // Image.fromarray(numpy.arange(20.).reshape(4, 5)).resize((3, 2), BILINEAR), mode F.
    float[] plane = new float[20];
    for (int i = 0; i < 20; i++) {
      plane[i] = i;
    }
    float[] small = Bilinear.resized(plane, 4, 5, 2, 3);
    float[] expected = {4, 5.5714288f, 7.142857f, 11.857143f, 13.428572f, 15};
    assertArrayEquals(expected, small, 1e-5f);
  }

  // ---- tables ---------------------------------------------------------------------------------

  @Test
  void tables() {
    Path file =
        file("t.csv", "\uFEFFx,\"the \"\"class\"\"\",y\r\n1,b,-2.5\r\n3e2,\"a,\nc\", 4\n0,b,0");
    Csv csv = Csv.read(file);
    assertEquals(List.of("x", "the \"class\"", "y"), csv.header());
    assertEquals(List.of("3e2", "a,\nc", " 4"), csv.rows().get(1));
    assertArrayEquals(new double[] {-2.5, 4, 0}, csv.numbers("y"));
    Csv.Labelled l = csv.labelled("the \"class\"");
    assertEquals(List.of("a,\nc", "b"), l.classes());
    float[] x = new float[2];
    l.samples().read(1, x, 0);
    assertArrayEquals(new float[] {300, 4}, x);
    assertEquals(1, l.samples().label(2));
    assertEquals(2, l.samples().classes());
    refused(() -> csv.numbers("z"), "column z", "[x, ");
    refused(() -> csv.numbers("the \"class\""), "row 1", "\"b\"", "number");
    assertEquals(2, Csv.read(file("s.tsv", "a\tb\n1\t2\n"), '\t').header().size());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "empty | ``",
        "line 1 | a,a~1,2",
        "line 3 | a,b~1,2~3",
        "line 4 | a,b~1,`2~",
        "line 2 | a,b~1,2\"3",
        "line 2 | a,b~1,\"2",
        "line 2 | a,b~1,\"2\"3",
      })
  void tablesThatAreNone(String part, String text) {
    String lines = text.replace('~', '\n').replace("`", "\"x\n\"\n");
    refused(() -> Csv.read(file("t.csv", lines)), "t.csv", part.equals("line 4") ? "line" : part);
  }

  // ---- text -----------------------------------------------------------------------------------

  @Test
  void text() {
    assertEquals("ä\r\nb\n", DataFile.text(file("t", "ä\r\nb\n")));
    assertEquals(List.of("ä", "b"), DataFile.lines(file("t", "ä\r\nb\n")));
    byte[] latin = "eins\nzwei\nf\u00FCnf".getBytes(StandardCharsets.ISO_8859_1);
    refused(() -> DataFile.text(file("l", latin)), "line 3", "byte 11", "UTF-8");
    byte[] cut = Arrays.copyOf("é".getBytes(StandardCharsets.UTF_8), 1);
    refused(() -> DataFile.text(file("c", cut)), "line 1", "byte 0");
    refused(() -> DataFile.text(folder.resolve("none")), "missing");
    refused(() -> DataFile.text(folder), "cannot be read");
  }

  // ---- sound ----------------------------------------------------------------------------------

  private static byte[] wav(int coding, int channels, int bits, byte... data) {
    ByteBuffer b = ByteBuffer.allocate(58 + data.length).order(ByteOrder.LITTLE_ENDIAN);
    b.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(50 + data.length);
    b.put("WAVEodd ".getBytes(StandardCharsets.US_ASCII)).putInt(1).put((byte) 9).put((byte) 0);
    b.put("fmt ".getBytes(StandardCharsets.US_ASCII)).putInt(16).putShort((short) coding);
    b.putShort((short) channels).putInt(8000).putInt(0).putShort((short) 0).putShort((short) bits);
    b.put("data".getBytes(StandardCharsets.US_ASCII)).putInt(data.length).put(data);
    byte[] all = new byte[b.flip().limit()];
    b.get(all);
    return all;
  }

  private Wav sound(byte[] bytes) {
    return Wav.read(file("s.wav", bytes));
  }

  @Test
  void sound() {
    Wav wav = new Wav(16000, new float[][] {{0, 0.5f, -1, 2}, {1, -0.25f, 0, -2}});
    Path file = folder.resolve("a.wav");
    wav.write(file);
    Wav back = Wav.read(file);
    assertEquals(16000, back.sampleRate());
    assertEquals(4, back.length());
    assertArrayEquals(new float[] {0, 0.5f, -1, 32767 / 32768f}, back.channels()[0]);
    assertArrayEquals(new float[] {32767 / 32768f, -0.25f, 0, -1}, back.channels()[1]);
    assertEquals(0.125f, back.mono()[1]);
    byte[] f = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(0.3).array();
    assertArrayEquals(new float[] {0.3f}, sound(wav(3, 1, 64, f)).channels()[0]);
    byte[] s = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(0.7f).array();
    assertArrayEquals(new float[] {0.7f}, sound(wav(3, 1, 32, s)).channels()[0]);
    assertArrayEquals(
        new float[] {-1, 0.5f}, sound(wav(1, 1, 8, (byte) 0, (byte) 192)).channels()[0]);
    assertArrayEquals(
        new float[] {-0.5f}, sound(wav(1, 1, 24, (byte) 0, (byte) 0, (byte) 0xC0)).channels()[0]);
    assertArrayEquals(
        new float[] {0.25f},
        sound(wav(1, 1, 32, (byte) 0, (byte) 0, (byte) 0, (byte) 32)).channels()[0]);
    assertThrows(ArgumentException.class, () -> new Wav(8000, new float[0][]));
    assertThrows(ArgumentException.class, () -> new Wav(8000, new float[][] {{1}, {1, 2}}));
    assertThrows(ArgumentException.class, () -> new Wav(0, new float[][] {{1}}));
  }

  @Test
  void soundThatIsNone() {
    refused(() -> sound(wav(1, 2, 16, new byte[6])), "6 bytes", "frames have 4");
    refused(() -> sound(wav(2, 1, 4, new byte[6])), "coding 2 of 4 bits", "convert");
    refused(() -> sound(wav(1, 0, 16, new byte[6])), "0 channels");
    refused(() -> sound(wav(3, 1, 16, new byte[6])), "coding 3 of 16");
    byte[] good = wav(1, 1, 16, new byte[6]);
    refused(() -> Wav.read(file("s", Arrays.copyOf(good, 11))), "RIFF");
    refused(() -> Wav.read(file("s", Arrays.copyOf(good, 22))), "without a data");
    refused(() -> Wav.read(file("s", Arrays.copyOf(good, 57))), "byte 46", "truncated");
    byte[] wave = good.clone();
    wave[8] = 'w';
    refused(() -> Wav.read(file("s", wave)), "RIFF");
    byte[] late = good.clone();
    late[22] = 'x';
    refused(() -> Wav.read(file("s", late)), "without a format");
    for (int n = 0; n < good.length; n++) {
      byte[] cut = Arrays.copyOf(good, n);
      assertThrows(DataException.class, () -> Wav.read(file("s", cut)), "truncated at " + n);
    }
  }
}
