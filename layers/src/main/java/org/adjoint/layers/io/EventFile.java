package org.adjoint.layers.io;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.adjoint.tensor.Tensor;

/**
 * A file of events for TensorBoard: numbers, histograms and pictures over the steps of a training.
 * Point {@code tensorboard --logdir} to its folder, at once or later.
 *
 * <p>Each record is its length, the length's checksum, the event and its checksum, the framing of
 * TFRecord with masked CRC-32C; an event is a protocol buffer. For one thread.
 */
public final class EventFile implements AutoCloseable {
  private static final int MASK = 0xa282ead8;

  private final Path file;
  private final FileChannel out;

  private EventFile(Path file, FileChannel out) {
    this.file = file;
    this.out = out;
  }

  /**
   * Creates a file in a folder, which is made if there is none; its name tells TensorBoard what it
   * is, and the time keeps it apart from those of earlier runs.
   *
   * @throws CheckpointException if it cannot be written
   */
  public static EventFile in(Path folder) {
    long nanos = System.currentTimeMillis() * 1_000_000L;
    Path file = folder.resolve("events.out.tfevents." + nanos / 1_000_000_000L + ".adjoint");
    try {
      Files.createDirectories(folder);
      for (int i = 1; Files.exists(file); i++) {
        file = folder.resolve("events.out.tfevents." + nanos / 1_000_000_000L + ".adjoint." + i);
      }
      EventFile events =
          new EventFile(
              file,
              FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
      events.event(0, new Message().text(3, "brain.Event:2"));
      return events;
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  private static CheckpointException unwritable(Path file, IOException e) {
    return new CheckpointException(
        "events", file.toString(), e, "it cannot be written; check the folder and the disk");
  }

  /** Returns the file. */
  public Path file() {
    return file;
  }

  /** Writes a number, a point of the curve {@code tag}. */
  public void scalar(String tag, long step, double value) {
    summary(step, new Message().text(1, tag).single(2, (float) value));
  }

  /**
   * Writes how the elements of a tensor are distributed, in 30 bins of equal width. Elements that
   * are no numbers, or infinite, are left out.
   */
  public void histogram(String tag, long step, Tensor tensor) {
    double[] v = Arrays.stream(tensor.toDoubleArray()).filter(Double::isFinite).toArray();
    double low = Arrays.stream(v).min().orElse(0);
    double high = Arrays.stream(v).max().orElse(0);
    int bins = low == high ? 1 : 30;
    double[] limits = new double[bins];
    double[] counts = new double[bins];
    double sum = 0;
    double squares = 0;
    for (int b = 0; b < bins; b++) {
      limits[b] = b == bins - 1 ? high : low + (high - low) * (b + 1) / bins;
    }
    for (double x : v) {
      counts[low == high ? 0 : (int) Math.min(bins - 1, (x - low) / (high - low) * bins)]++;
      sum += x;
      squares += x * x;
    }
    Message histogram =
        new Message()
            .number(1, low)
            .number(2, high)
            .number(3, v.length)
            .number(4, sum)
            .number(5, squares)
            .numbers(6, limits)
            .numbers(7, counts);
    summary(step, new Message().text(1, tag).message(5, histogram));
  }

  /**
   * Writes a picture.
   *
   * @param picture [1 or 3, height, width], 0 is black and 1 full
   * @throws org.adjoint.tensor.ShapeException if it has another shape
   */
  public void image(String tag, long step, Tensor picture) {
    Message image =
        new Message()
            .whole(1, picture.rank() == 3 ? picture.dim(1) : 0)
            .whole(2, picture.dim(-1))
            .whole(3, picture.dim(0))
            .bytes(4, Png.of(picture));
    summary(step, new Message().text(1, tag).message(4, image));
  }

  private void summary(long step, Message value) {
    event(step, new Message().message(5, new Message().message(1, value)));
  }

  private void event(long step, Message rest) {
    byte[] event =
        new Message()
            .number(1, System.currentTimeMillis() / 1e3)
            .whole(2, step)
            .append(rest)
            .bytes
            .toByteArray();
    ByteBuffer record = TensorBytes.little(16 + event.length).putLong(event.length);
    record.putInt(masked(record.slice(0, 8))).put(event).putInt(masked(ByteBuffer.wrap(event)));
    attempt(() -> AtomicFile.writeFully(out, record.flip()));
  }

  /** Something that is done to the file. */
  private interface Attempt {
    void run() throws IOException;
  }

  private void attempt(Attempt body) {
    try {
      body.run();
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  /** The checksum of TFRecord, which is not a checksum of data that hold their own. */
  private static int masked(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return Integer.rotateRight((int) crc.getValue(), 15) + MASK;
  }

  /** Closes the file. */
  @Override
  public void close() {
    attempt(out::close);
  }

  /** A protocol buffer in the making: fields by number, as the wire format has them. */
  private static final class Message {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private void varint(long value) {
      long v = value;
      for (; (v & ~0x7FL) != 0; v >>>= 7) {
        bytes.write((int) (v & 0x7F | 0x80));
      }
      bytes.write((int) v);
    }

    Message whole(int field, long value) {
      bytes.write(field << 3);
      varint(value);
      return this;
    }

    Message number(int field, double value) {
      bytes.write(field << 3 | 1);
      bytes.writeBytes(TensorBytes.little(8).putDouble(value).array());
      return this;
    }

    Message single(int field, float value) {
      bytes.write(field << 3 | 5);
      bytes.writeBytes(TensorBytes.little(4).putFloat(value).array());
      return this;
    }

    Message bytes(int field, byte[] value) {
      bytes.write(field << 3 | 2);
      varint(value.length);
      bytes.writeBytes(value);
      return this;
    }

    Message text(int field, String value) {
      return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Message message(int field, Message value) {
      return bytes(field, value.bytes.toByteArray());
    }

    Message numbers(int field, double[] values) {
      byte[] packed = new byte[8 * values.length];
      ByteBuffer.wrap(packed).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().put(values);
      return bytes(field, packed);
    }

    Message append(Message rest) {
      bytes.writeBytes(rest.bytes.toByteArray());
      return this;
    }
  }
}
