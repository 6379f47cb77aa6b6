package org.adjoint.layers.io;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Tensor;

/**
 * Named tensors in a zip of npy arrays: what {@code numpy.savez} and {@code numpy.savez_compressed}
 * write and {@code numpy.load} reads.
 */
public final class Npz {
  private static final String ENDING = ".npy";

  /** Deflate's best: 258 bytes from two bits. */
  private static final long MOST = 1032;

  private Npz() {}

  /**
   * Writes a file, whole or not at all; the same tensors give the same bytes.
   *
   * @throws CheckpointException if it cannot be written
   */
  public static void write(Path file, Map<String, Tensor> tensors) {
    AtomicFile.write(
        file,
        out -> {
          ZipOutputStream zip = new ZipOutputStream(Channels.newOutputStream(out));
          zip.setLevel(Deflater.BEST_SPEED);
          for (Map.Entry<String, Tensor> t : tensors.entrySet()) {
            ZipEntry entry = new ZipEntry(t.getKey() + ENDING);
            // The first moment that a zip can name.
            entry.setTimeLocal(LocalDateTime.of(1980, 1, 1, 0, 0));
            zip.putNextEntry(entry);
            Npy.write(Channels.newChannel(zip), t.getValue());
            zip.closeEntry();
          }
          zip.finish();
        });
  }

  /**
   * Reads a file.
   *
   * @return the tensors by name, in the order of the file, owned by no scope
   * @throws CheckpointException if the file is missing, unreadable, no zip, holds anything but npy
   *     arrays, or one breaks a rule or differs from its checksum
   */
  public static Map<String, Tensor> read(Path file, Device device) {
    if (!Files.exists(file)) {
      throw Safetensors.unreadable(file, new NoSuchFileException(file.toString()));
    }
    LinkedHashMap<String, Tensor> tensors = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(file.toFile())) {
      long most = MOST * Files.size(file);
      for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
        ZipEntry entry = all.nextElement();
        String name = entry.getName();
        String place = file + "!" + name;
        if (!name.endsWith(ENDING)) {
          throw new CheckpointException("load", place, "no npy array", "remove it from the zip");
        }
        if (entry.getSize() < 0 || entry.getSize() > most) {
          throw new CheckpointException(
              "load",
              place,
              "said to have " + entry.getSize() + " bytes",
              "this file cannot hold that many; it is damaged");
        }
        try (var in = new CheckedInputStream(zip.getInputStream(entry), new CRC32())) {
          String key = name.substring(0, name.length() - ENDING.length());
          Tensor t = Npy.read(Channels.newChannel(in), entry.getSize(), place, key, device);
          if (in.getChecksum().getValue() != entry.getCrc()) {
            throw new CheckpointException(
                "load", place, "of another checksum than the zip says", "the file is damaged");
          }
          if (tensors.put(key, t) != null) {
            throw new CheckpointException("load", place, "there twice", "the file is damaged");
          }
        }
      }
    } catch (ZipException e) {
      throw new CheckpointException(
          "load", file.toString(), e, "it is damaged or no npz file; get it again");
    } catch (IOException e) {
      throw Safetensors.unreadable(file, e);
    }
    return Collections.unmodifiableMap(tensors);
  }
}
