package org.adjoint.layers.io;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/**
 * A tensor in a file, in NumPy's npy format: {@code numpy.load} reads what {@link #write} wrote,
 * and {@link #read} what {@code numpy.save} did.
 *
 * <p>Either order of axes and of bytes is read, and the types of {@link Safetensors}; objects,
 * which would need pickle, and structured arrays are refused.
 */
public final class Npy {
  private Npy() {}

  /**
   * Writes a file, whole or not at all.
   *
   * @throws CheckpointException if it cannot be written
   */
  public static void write(Path file, Tensor t) {
    AtomicFile.write(file, out -> write(out, t));
  }

  static void write(WritableByteChannel out, Tensor t) throws IOException {
    AtomicFile.writeFully(out, NpyHeader.of(t));
    TensorBytes.write(out, t);
  }

  /**
   * Reads a file into a tensor that no scope owns.
   *
   * @throws CheckpointException if the file is missing, unreadable or breaks a rule of the format,
   *     or holds a whole number that int32 cannot
   */
  public static Tensor read(Path file, Device device) {
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      return read(in, in.size(), file.toString(), file.toString(), device);
    } catch (IOException e) {
      throw Safetensors.unreadable(file, e);
    }
  }

  /** Reads an array that fills a source of so many bytes. */
  static Tensor read(ReadableByteChannel in, long size, String file, String name, Device device)
      throws IOException {
    NpyHeader h = NpyHeader.read(in, file);
    long data = (long) h.shape().size() * h.type().bytes();
    if (data != size - h.bytes()) {
      throw new CheckpointException(
          "load",
          file,
          "with " + (size - h.bytes()) + " bytes of data where " + h.shape() + " takes " + data,
          data > size - h.bytes()
              ? "it is truncated; get it again"
              : "it is damaged; get it again");
    }
    int[] dims = h.shape().toArray();
    if (!h.fortran() || dims.length < 2) {
      return TensorBytes.read(in, file, name, h.type(), h.shape(), h.order(), device);
    }
    // The first axis runs fastest: row-major in the opposite order of axes.
    int[] reversed = new int[dims.length];
    int[] axes = new int[dims.length];
    for (int i = 0; i < dims.length; i++) {
      axes[i] = dims.length - 1 - i;
      reversed[i] = dims[axes[i]];
    }
    Shape there = Shape.of(reversed);
    return TensorBytes.read(in, file, name, h.type(), there, h.order(), device)
        .permute(axes)
        .to(device);
  }
}
