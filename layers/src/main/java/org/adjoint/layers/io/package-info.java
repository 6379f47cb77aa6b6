/** Tensors and networks in files: safetensors, NumPy's npy and npz. */
@NullMarked
package org.adjoint.layers.io;

import org.jspecify.annotations.NullMarked;
