using System.Collections.Immutable;
using GraphPartition.TestModels.Mixed;
using GraphPartition.TestModels.Networks;

namespace GraphPartition.TestModels;

/// <summary>All models that the project measures and tests with, by name.</summary>
public static class ModelZoo
{
    /// <summary>The models, networks first.</summary>
    public static ImmutableArray<ZooEntry> Entries { get; } =
    [
        new("lenet", "LeNet-5 for digits (LeCun et al. 1998)", LeNet.Build) { Image = 32, Parameters = 61_706 },
        new("alexnet", "AlexNet, one tower (Krizhevsky 2014)", AlexNet.Build) { Image = 224, Parameters = 61_100_840 },
        new("vgg16", "VGG-16 (Simonyan and Zisserman 2014)", Vgg.Build16) { Image = 224, Parameters = 138_357_544 },
        new("vgg19", "VGG-19 (Simonyan and Zisserman 2014)", Vgg.Build19) { Image = 224, Parameters = 143_667_240 },
        new("resnet50", "ResNet-50, version 1.5 (He et al. 2015)", ResNet50.Build) { Image = 224, Parameters = 25_557_032 },
        new("inception_v3", "Inception v3 (Szegedy et al. 2015)", InceptionV3.Build) { Image = 299, Parameters = 23_834_568 },
        new("inception_v3_aux", "Inception v3 with the auxiliary classifier", InceptionV3.BuildWithAuxiliary)
        {
            Image = 299,
            Parameters = 27_161_264,
        },
        new("mobilenet_v2", "MobileNetV2 (Sandler et al. 2018)", MobileNetV2.Build) { Image = 224, Parameters = 3_504_872 },
        new("mobilenet_v3", "MobileNetV3-Large (Howard et al. 2019)", MobileNetV3.BuildLarge)
        {
            Image = 224,
            Parameters = 5_483_032,
        },
        new("bert_base", "BERT-base, uncased, without a head (Devlin et al. 2018)", Bert.BuildBase)
        {
            Sequence = 128,
            Parameters = 109_482_240,
        },
        new("bert_small", "BERT-small: 4 layers of 512 (Turc et al. 2019)", Bert.BuildSmall)
        {
            Sequence = 128,
            Parameters = 28_763_648,
        },
        new("wide_deep", "Wide & Deep on 26 categories (Cheng et al. 2016)", WideAndDeep.Build) { Parameters = 10_202_689 },

        new("mixed", "small: Det, Compress, Col2Im and Unique between convolutions (testmodels/mixed.onnx)", MixedModel.Build)
        {
            Image = 32,
        },
        new("resnet50_det", "ResNet-50 with a normalization by Det behind each stage",
            net => ResNet50.Build(net, (stage, x) => x.VolumeNorm($"volume{stage}")))
        {
            Image = 224,
        },
        new("mobilenet_v2_nonzero", "MobileNetV2 with a layer on places that NonZero finds, behind stages 4 and 5",
            net => MobileNetV2.Build(net, (stage, x) => stage is 4 or 5 ? x.SparseResidualLayer($"sparse{stage}", 128) : x))
        {
            Image = 224,
        },
        new("mobilenet_v2_detector", "detector: NonMaxSuppression and MaxRoiPool before a second network", Detector.Build)
        {
            Image = 320,
        },
        new("wide_deep_unique", "Wide & Deep that reads each row of its table once, by Unique",
            net => WideAndDeep.Build(net, UniqueLookup.UniqueEmbedding)),
        new("bert_base_int8", "BERT-base, dynamically quantized: DynamicQuantizeLinear and MatMulInteger",
            net => Bert.Build(net, layers: 12, features: 768, heads: 12, DynamicQuantization.QuantizedLinear))
        {
            Sequence = 128,
            Tolerance = 0.25,
        },
        new("equilibrium", "one layer in a Loop until its result no longer changes", Equilibrium.Build) { Image = 32 },
    ];

    /// <summary>The model with this name, or null.</summary>
    public static ZooEntry? Find(string name)
    {
        foreach (ZooEntry entry in Entries)
            if (entry.Name == name) return entry;
        return null;
    }
}
