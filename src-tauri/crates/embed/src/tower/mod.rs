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
use crate::registry::ModelEntry;
use crate::tags;
use crate::weights::{self, Shapes};

use kernels::{Depthwise, Finish, Unfold};
use layers::{CONVOLUTIONS, Convolution, Kind, Step};

/// Components of the mean over all places.
const FEATURES: usize = layers::FEATURES;
const HIDDEN: usize = 1024;
/// Classes that a tower tells, if it does: those of ImageNet.
pub(crate) const CLASSES: usize = 1000;
const EPSILON: f64 = 1e-5;

pub(crate) struct Tower {
    steps: Vec<(Layer, Step)>,
    hidden: Linear,
    vectors: Linear,
    classes: Option<Linear>,
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
    Pointwise(Linear),
    Dense(Unfold, Linear),
    Depthwise(Depthwise),
}

/// A matrix `[inputs, outputs]` and what follows it.
struct Linear {
    weight: Tensor,
    finish: Finish,
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
            hidden: Linear::load(&weights.pp("fc1"), FEATURES, HIDDEN)?,
            vectors: Linear::load(&weights.pp("fc2"), HIDDEN, dims)?,
            classes: match tells_classes {
                true => Some(Linear::load(&weights.pp("classes"), FEATURES, CLASSES)?),
                false => None,
            },
        })
    }

    /// Looks at `[batch, height, width, 3]`, standardised.
    pub(crate) fn forward(&self, pixels: &Tensor) -> Result<Outputs> {
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
        let hidden = self.hidden.forward(&pooled)?.gelu_erf()?;
        let logits = self.classes.as_ref().map(|classes| classes.forward(&pooled)).transpose()?;
        Ok(Outputs { vectors: self.vectors.forward(&hidden)?, logits })
    }
}

impl Layer {
    fn load(weights: &VarBuilder<'_>, convolution: &Convolution) -> Result<Layer> {
        let Convolution { name, norm, kind, stride, inputs, outputs, relu } = convolution;
        let (weight, bias) = fold(weights, name, norm, convolution.shape())?;
        let finish = Finish { bias, relu: *relu };
        Ok(match *kind {
            Kind::Depthwise(side) => {
                // [channels, 1, side, side] to [side * side, channels]
                let weight = weight.reshape((*outputs, side * side))?.t()?.contiguous()?;
                let weight = weight.flatten_all()?.to_vec1()?;
                Layer::Depthwise(Depthwise { side, stride: *stride, weight, finish })
            }
            Kind::Dense(side) => {
                // [outputs, inputs, side, side] to [side * side * inputs, outputs]
                let weight = weight.permute((2, 3, 1, 0))?.contiguous()?;
                let weight = weight.reshape((side * side * inputs, *outputs))?;
                let linear = Linear { weight, finish };
                if side == 1 {
                    Layer::Pointwise(linear)
                } else {
                    Layer::Dense(Unfold { side, stride: *stride }, linear)
                }
            }
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match self {
            Layer::Depthwise(depthwise) => x.apply_op1_no_bwd(depthwise),
            Layer::Pointwise(linear) => linear.forward(x),
            Layer::Dense(unfold, linear) => linear.forward(&x.apply_op1_no_bwd(unfold)?),
        }
    }
}

impl Linear {
    fn load(weights: &VarBuilder<'_>, inputs: usize, outputs: usize) -> Result<Linear> {
        let weight = weights.get((outputs, inputs), "weight")?.t()?.contiguous()?;
        let bias = weights.get(outputs, "bias")?.to_vec1()?;
        Ok(Linear { weight, finish: Finish { bias, relu: false } })
    }

    /// `[.., inputs]` to `[.., outputs]`.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut shape = x.dims().to_vec();
        let inputs = shape.pop().unwrap_or_default();
        shape.push(self.finish.bias.len());
        let outputs = x.reshape(((), inputs))?.matmul(&self.weight)?;
        outputs.inplace_op1(&self.finish)?;
        outputs.reshape(shape)
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
