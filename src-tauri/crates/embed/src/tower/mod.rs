//! The image tower of the built-in photo model on the processor: MobileNetV4 conv-small (Qin et al. 2024,
//! arXiv:2404.10518), the mean over all places, and two linear layers. Tensors carry the names of PyTorch Image Models.
//!
//! Pictures are kept channels-last, `[batch, height, width, channels]`: a pointwise convolution is then one matrix
//! product over all places, and a depthwise one works on channels that lie side by side. Batch normalisation is folded
//! into the weights when they are loaded.

mod kernels;
mod layers;

use std::path::Path;

use candle_core::{DType, Result, Tensor};
use candle_nn::VarBuilder;

use crate::error::ModelError;
use crate::kernels::matrix::{Finish, Linear, Precision};
use crate::kernels::threads;
use crate::registry::ModelEntry;
use crate::tags;
use crate::weights::{self, Shapes};

use kernels::{Depthwise, Product, Unfold};
use layers::{CONVOLUTIONS, Convolution, Kind, Step};

/// Components of the mean over all places.
const FEATURES: usize = layers::FEATURES;
const HIDDEN: usize = 1024;
/// Classes that a tower tells, if it does: those of ImageNet.
pub(crate) const CLASSES: usize = 1000;
const EPSILON: f64 = 1e-5;

pub(crate) struct Tower {
    steps: Vec<(Layer, Step)>,
    hidden: Product,
    vectors: Product,
    classes: Option<Product>,
}

/// What the tower makes of a batch.
pub(crate) struct Outputs {
    /// `[batch, dims]`, not normalised.
    pub vectors: Tensor,
    /// `[batch, CLASSES]`, of a tower that tells classes.
    pub logits: Option<Tensor>,
}

/// A convolution, ready to run.
enum Layer {
    Pointwise(Product),
    Dense(Unfold, Product),
    Depthwise(Depthwise),
}

impl Tower {
    /// Loads the tower for vectors of `dims` components, with the head that tells classes where it is to.
    pub(crate) fn load(weights: &VarBuilder<'_>, dims: usize, tells_classes: bool) -> Result<Tower> {
        let backbone = weights.pp("backbone");
        let mut steps = Vec::new();
        for (convolution, step) in CONVOLUTIONS.iter().flat_map(|block| block.convolutions()) {
            steps.push((Layer::load(&backbone, &convolution)?, step));
        }
        Ok(Tower {
            steps,
            hidden: Product::load(&weights.pp("fc1"), FEATURES, HIDDEN, Finish::Gelu)?,
            vectors: Product::load(&weights.pp("fc2"), HIDDEN, dims, Finish::Bias)?,
            classes: match tells_classes {
                true => Some(Product::load(&weights.pp("classes"), FEATURES, CLASSES, Finish::Bias)?),
                false => None,
            },
        })
    }

    /// Looks at `[batch, height, width, 3]`, standardised.
    pub(crate) fn forward(&self, pixels: &Tensor) -> Result<Outputs> {
        threads::run(|| self.look(pixels))
    }

    fn look(&self, pixels: &Tensor) -> Result<Outputs> {
        let mut x = pixels.clone();
        let mut kept = None;
        for (layer, step) in &self.steps {
            if step.keeps_input {
                kept = Some(x.clone());
            }
            x = layer.forward(&x)?;
            if step.adds_kept
                && let Some(input) = kept.take()
            {
                x = (x + input)?;
            }
        }
        let pooled = x.flatten(1, 2)?.mean(1)?;
        let hidden = pooled.apply_op1_no_bwd(&self.hidden)?;
        let logits = self.classes.as_ref().map(|classes| pooled.apply_op1_no_bwd(classes)).transpose()?;
        Ok(Outputs { vectors: hidden.apply_op1_no_bwd(&self.vectors)?, logits })
    }
}

impl Layer {
    fn load(weights: &VarBuilder<'_>, convolution: &Convolution) -> Result<Layer> {
        let Convolution { name, norm, kind, stride, outputs, relu, .. } = convolution;
        let (weight, bias) = fold(weights, name, norm, convolution.shape())?;
        let finish = if *relu { Finish::Relu } else { Finish::Bias };
        Ok(match *kind {
            Kind::Depthwise(side) => {
                // [channels, 1, side, side] to [side * side, channels]
                let weight = weight.reshape((*outputs, side * side))?.t()?.contiguous()?;
                let weight = weight.flatten_all()?.to_vec1()?;
                Layer::Depthwise(Depthwise { side, stride: *stride, weight, bias, relu: *relu })
            }
            Kind::Dense(side) => {
                // [outputs, inputs, side, side] to [outputs, side, side, inputs]
                let product = Product::pack(&weight.permute((0, 2, 3, 1))?.contiguous()?, bias, finish)?;
                if side == 1 {
                    Layer::Pointwise(product)
                } else {
                    Layer::Dense(Unfold { side, stride: *stride }, product)
                }
            }
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match self {
            Layer::Depthwise(depthwise) => x.apply_op1_no_bwd(depthwise),
            Layer::Pointwise(product) => x.apply_op1_no_bwd(product),
            Layer::Dense(unfold, product) => x.apply_op1_no_bwd(unfold)?.apply_op1_no_bwd(product),
        }
    }
}

impl Product {
    fn load(weights: &VarBuilder<'_>, inputs: usize, outputs: usize, finish: Finish) -> Result<Product> {
        let weight = weights.get((outputs, inputs), "weight")?;
        Product::pack(&weight, weights.get(outputs, "bias")?.to_vec1()?, finish)
    }

    /// Of a weight `[outputs, inputs]`.
    fn pack(weight: &Tensor, bias: Vec<f32>, finish: Finish) -> Result<Product> {
        let weight: Vec<f32> = weight.flatten_all()?.to_vec1()?;
        Ok(Product { linear: Linear::pack(&weight, bias, Precision::F32), finish })
    }
}

/// The weight of a convolution times the scale of its batch normalisation, and the bias that remains.
fn fold(weights: &VarBuilder<'_>, name: &str, norm: &str, shape: [usize; 4]) -> Result<(Tensor, Vec<f32>)> {
    let outputs = shape[0];
    let weight = weights.get(&shape, &format!("{name}.weight"))?;
    let part = |part: &str| weights.get(outputs, &format!("{norm}.{part}"));
    let deviation = (part("running_var")? + EPSILON)?.sqrt()?;
    let scale = (part("weight")? / deviation)?;
    let bias = (part("bias")? - (part("running_mean")? * &scale)?)?;
    let weight = weight.broadcast_mul(&scale.reshape((outputs, 1, 1, 1))?)?;
    Ok((weight.to_dtype(DType::F32)?, bias.to_vec1()?))
}

/// Sides of pictures that the tower can see: its strides halve a picture five times.
const SIDES: std::ops::RangeInclusive<u32> = 32..=1024;

/// Checks the entry and the weights of a tower. Gives the sides of its pictures: of the upright one and of the mirror image.
pub(crate) fn check(entry: &ModelEntry, folder: &Path) -> std::result::Result<[u32; 2], ModelError> {
    let sides = [entry.side, entry.mirror_side.unwrap_or(entry.side)];
    if !sides.iter().all(|side| SIDES.contains(side)) || entry.text_model.is_none() {
        let reason = format!("the registry names no fitting side or no text model for {}", entry.id);
        return Err(ModelError::damaged(&folder.join(weights::WEIGHTS), reason));
    }
    weights::require(folder, &tensors(entry.dims, tells_classes(entry)))?;
    Ok(sides)
}

/// Whether the model has words for its classes.
pub(crate) fn tells_classes(entry: &ModelEntry) -> bool {
    entry.files.iter().any(|file| file.name == tags::FILE)
}

/// Every tensor that [`Tower::load`] takes.
fn tensors(dims: usize, tells_classes: bool) -> Shapes {
    let mut shapes = Shapes::new();
    for (convolution, _) in CONVOLUTIONS.iter().flat_map(|block| block.convolutions()) {
        shapes.push((format!("backbone.{}.weight", convolution.name), convolution.shape().to_vec()));
        for part in ["weight", "bias", "running_mean", "running_var"] {
            shapes.push((format!("backbone.{}.{part}", convolution.norm), vec![convolution.outputs]));
        }
    }
    let mut linear = |name: &str, inputs: usize, outputs: usize| {
        shapes.push((format!("{name}.weight"), vec![outputs, inputs]));
        shapes.push((format!("{name}.bias"), vec![outputs]));
    };
    linear("fc1", FEATURES, HIDDEN);
    linear("fc2", HIDDEN, dims);
    if tells_classes {
        linear("classes", FEATURES, CLASSES);
    }
    shapes
}
