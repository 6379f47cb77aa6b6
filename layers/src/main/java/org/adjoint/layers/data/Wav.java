package org.adjoint.layers.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.adjoint.layers.io.AtomicFile;
import org.adjoint.tensor.ArgumentException;
import org.jspecify.annotations.Nullable;

/**
 * Sound from a WAV file (RIFF): whole numbers of 8, 16, 24 or 32 bits, or floats of 32 or 64, as
 * samples in [−1, 1].
 *
 * @param sampleRate samples a second
 * @param channels one array a channel, of equal lengths
 */
@SuppressWarnings("ArrayRecordComponent") // sound is arrays; the record only carries them
public record Wav(int sampleRate, float[][] channels) {
  private static final String REMEDY = "it is damaged or no WAV file; convert it to 16-bit PCM";
  private static final int PCM = 1;
  private static final int FLOAT = 3;
  private static final int EXTENSIBLE = 0xFFFE;

  /**
   * Checks the lengths.
   *
   * @throws ArgumentException if there is no channel, lengths differ, or the rate is less than 1
   */
  public Wav {
    boolean equal = channels.length > 0 && sampleRate >= 1;
    for (float[] c : channels) {
      equal &= c.length == channels[0].length;
    }
    if (!equal) {
      throw new ArgumentException(
          "wav",
          "channels",
          channels.length + " at " + sampleRate + " Hz",
          "give one or more of one length, and a rate of at least 1");
    }
  }

  /** Returns the number of samples of a channel. */
  public int length() {
    return channels[0].length;
  }

  /** Returns the mean of all channels. */
  public float[] mono() {
    float[] mean = new float[length()];
    for (float[] c : channels) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += c[i] / channels.length;
      }
    }
    return mean;
  }

  /**
   * Reads a file.
   *
   * @throws DataException if it is missing, unreadable, damaged, or of a coding other than PCM and
   *     float
   */
  public static Wav read(Path file) {
    String name = file.toString();
    ByteBuffer b =
        ByteBuffer.wrap(DataFile.bytes("wav", file, "check the path"))
            .order(ByteOrder.LITTLE_ENDIAN);
    if (b.remaining() < 12 || b.getInt(0) != tag("RIFF") || b.getInt(8) != tag("WAVE")) {
      throw new DataException("wav", name, "not RIFF WAVE at its start", REMEDY);
    }
    b.position(12);
    ByteBuffer format = null;
    while (b.remaining() >= 8) {
      int at = b.position();
      int kind = b.getInt();
      long size = b.getInt() & 0xFFFFFFFFL;
      if (size > b.remaining()) {
        throw new DataException(
            "wav",
            name + ", byte " + at,
            "a chunk of " + size + " bytes where " + b.remaining() + " are left",
            "it is truncated; get it again");
      }
      ByteBuffer chunk = b.slice(b.position(), (int) size).order(ByteOrder.LITTLE_ENDIAN);
      if (kind == tag("fmt ")) {
        format = chunk;
      } else if (kind == tag("data")) {
        return decoded(name, format, chunk);
      }
      // Chunks begin at even bytes.
      b.position((int) Math.min(b.limit(), b.position() + size + size % 2));
    }
    throw new DataException("wav", name, "without a data chunk", REMEDY);
  }

  private static int tag(String four) {
    return four.charAt(0) | four.charAt(1) << 8 | four.charAt(2) << 16 | four.charAt(3) << 24;
  }

  private static Wav decoded(String name, @Nullable ByteBuffer format, ByteBuffer data) {
    if (format == null || format.limit() < 16) {
      throw new DataException("wav", name, "without a format before its data", REMEDY);
    }
    int coding = format.getShort(0) & 0xFFFF;
    if (coding == EXTENSIBLE && format.limit() >= 26) {
      coding = format.getShort(24) & 0xFFFF;
    }
    int count = format.getShort(2) & 0xFFFF;
    int rate = format.getInt(4);
    int bits = format.getShort(14) & 0xFFFF;
    boolean known =
        coding == PCM
            ? bits == 8 || bits == 16 || bits == 24 || bits == 32
            : coding == FLOAT && (bits == 32 || bits == 64);
    if (!known || count == 0 || rate < 1) {
      throw new DataException(
          "wav",
          name,
          "coding " + coding + " of " + bits + " bits, " + count + " channels, " + rate + " Hz",
          "PCM of 8 to 32 bits and floats can be read; convert it to 16-bit PCM");
    }
    int frame = count * bits / 8;
    if (data.limit() % frame != 0) {
      throw new DataException(
          "wav", name, data.limit() + " bytes of data", "frames have " + frame + "; " + REMEDY);
    }
    float[][] channels = new float[count][data.limit() / frame];
    for (int i = 0; i < channels[0].length; i++) {
      for (float[] channel : channels) {
        channel[i] = sample(data, coding, bits);
      }
    }
    return new Wav(rate, channels);
  }

  private static float sample(ByteBuffer data, int coding, int bits) {
    if (coding == FLOAT) {
      return bits == 32 ? data.getFloat() : (float) data.getDouble();
    }
    return switch (bits) {
      case 8 -> ((data.get() & 0xFF) - 128) / 128f;
      case 16 -> data.getShort() / 32768f;
      case 24 -> ((data.get() & 0xFF) | (data.get() & 0xFF) << 8 | data.get() << 16) / 8388608f;
      default -> (float) (data.getInt() / 2147483648.0);
    };
  }

  /**
   * Writes a file of 16-bit PCM, whole or not at all; what is beyond [−1, 1] is cut off.
   *
   * @throws org.adjoint.layers.io.CheckpointException if it cannot be written
   */
  public void write(Path file) {
    int count = channels.length;
    int size = 2 * count * length();
    ByteBuffer b = ByteBuffer.allocate(44 + size).order(ByteOrder.LITTLE_ENDIAN);
    b.putInt(tag("RIFF")).putInt(36 + size).putInt(tag("WAVE"));
    b.putInt(tag("fmt ")).putInt(16).putShort((short) PCM).putShort((short) count);
    b.putInt(sampleRate).putInt(2 * count * sampleRate).putShort((short) (2 * count));
    b.putShort((short) 16).putInt(tag("data")).putInt(size);
    for (int i = 0; i < length(); i++) {
      for (float[] channel : channels) {
        b.putShort((short) Math.clamp(Math.round(32768 * channel[i]), -32768, 32767));
      }
    }
    b.flip();
    AtomicFile.write(
        file,
        out -> {
          while (b.hasRemaining()) {
            out.write(b);
          }
        });
  }
}
