package org.adjoint.layers.data;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.adjoint.tensor.ArgumentException;

/**
 * Images in folders, one folder a class: {@code flowers/rose/1.jpg}, {@code flowers/tulip/7.png}.
 * The formats are those of {@code javax.imageio}: PNG, JPEG, GIF, BMP, TIFF. On the module path a
 * program that uses this class says {@code requires java.desktop}.
 *
 * @param images all of one size, folder by folder and file by file in the order of their names
 * @param classes the names of the folders; a class is a place in this list
 */
public record ImageFolder(Images images, List<String> classes) {
  /** Copies the list. */
  public ImageFolder {
    classes = List.copyOf(classes);
  }

  /**
   * Reads all images below a folder and brings them to one size.
   *
   * @param channels 1 for grey (0.299 red + 0.587 green + 0.114 blue), 3 for colours; what is
   *     transparent counts as it is painted, without its background
   * @param height rows that each image shall have
   * @param width columns that each image shall have
   * @throws DataException if there is nothing, or a file is no image or damaged
   * @throws ArgumentException if channels is neither 1 nor 3, or a size is less than 1
   */
  public static ImageFolder read(Path folder, int channels, int height, int width) {
    if ((channels != 1 && channels != 3) || height < 1 || width < 1) {
      throw new ArgumentException(
          "image_folder",
          "size",
          channels + "x" + height + "x" + width,
          "channels are 1 or 3, and both extents at least 1");
    }
    List<String> classes = new ArrayList<>();
    List<Path> files = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    for (Path part : children(folder)) {
      if (Files.isDirectory(part)) {
        for (Path file : children(part)) {
          files.add(file);
          labels.add(classes.size());
        }
        classes.add(part.getFileName().toString());
      }
    }
    if (files.isEmpty() || classes.size() > 256) {
      throw new DataException(
          "image_folder",
          folder.toString(),
          "a folder with " + classes.size() + " folders and " + files.size() + " images",
          "it must hold 1 to 256 folders, one a class, with the images in them");
    }
    int plane = height * width;
    byte[] pixels = new byte[Math.multiplyExact(files.size(), channels * plane)];
    byte[] given = new byte[files.size()];
    for (int i = 0; i < given.length; i++) {
      given[i] = labels.get(i).byteValue();
      float[][] planes = planes(files.get(i), channels, height, width);
      for (int c = 0; c < channels; c++) {
        for (int p = 0; p < plane; p++) {
          pixels[(i * channels + c) * plane + p] =
              (byte) Math.clamp(Math.round(planes[c][p]), 0, 255);
        }
      }
    }
    return new ImageFolder(
        Images.of(pixels, given, channels, height, width, classes.size()), classes);
  }

  /** What is in a folder by name, hidden files left out. */
  private static List<Path> children(Path folder) {
    List<Path> all = new ArrayList<>();
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(folder, f -> !f.getFileName().toString().startsWith("."))) {
      files.forEach(all::add);
    } catch (IOException e) {
      throw new DataException(
          "image_folder", folder.toString(), e, "it cannot be listed; check the path");
    }
    all.sort((a, b) -> a.getFileName().toString().compareTo(b.getFileName().toString()));
    return all;
  }

  private static BufferedImage image(Path file) {
    List<String> warnings = new ArrayList<>();
    BufferedImage image = null;
    try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
      if (readers.hasNext()) {
        ImageReader reader = readers.next();
        reader.setInput(in);
        // Of a truncated picture a reader gives what there is, and warns.
        reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
        image = reader.read(0);
        reader.dispose();
      }
    } catch (IOException | RuntimeException e) {
      throw new DataException(
          "image_folder", file.toString(), e, "it is damaged or unreadable; replace or remove it");
    }
    if (image == null || !warnings.isEmpty()) {
      throw new DataException(
          "image_folder",
          file.toString(),
          image == null ? "no image" : "damaged: " + warnings.get(0),
          "remove it, or convert it to PNG or JPEG");
    }
    return image;
  }

  private static float[][] planes(Path file, int channels, int height, int width) {
    BufferedImage image = image(file);
    int w = image.getWidth();
    int h = image.getHeight();
    float[][] colours = new float[3][w * h];
    Raster raster = image.getRaster();
    boolean grey = raster.getNumBands() <= 2 && !(image.getColorModel() instanceof IndexColorModel);
    double full = (1L << image.getColorModel().getComponentSize(0)) - 1.0;
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        int at = y * w + x;
        if (grey) {
          // As it is in the file: getRGB would change it from one curve of brightness to another.
          float v = (float) (255 * raster.getSample(x, y, 0) / full);
          colours[0][at] = colours[1][at] = colours[2][at] = v;
        } else {
          int rgb = image.getRGB(x, y);
          colours[0][at] = rgb >> 16 & 0xFF;
          colours[1][at] = rgb >> 8 & 0xFF;
          colours[2][at] = rgb & 0xFF;
        }
      }
    }
    if (channels == 1 && !grey) {
      for (int i = 0; i < w * h; i++) {
        colours[0][i] = 0.299f * colours[0][i] + 0.587f * colours[1][i] + 0.114f * colours[2][i];
      }
    }
    float[][] planes = new float[channels][];
    for (int c = 0; c < channels; c++) {
      planes[c] = Bilinear.resized(colours[c], h, w, height, width);
    }
    return planes;
  }
}
