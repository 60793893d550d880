using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Text;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Runtime.Comparison;
using GraphPartition.Runtime.MadeUp;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Onnx.Tests.Conformance;

/// <summary>
/// Operators of ai.onnx.ml, of which the installed backend tests (ONNX 1.12) have none: through import, text, export at several
/// opsets and compilation with the results of the model as it was, and tagged with a reason.
/// </summary>
public class MachineLearningTests
{
    private const string Floats = "x: f32[4,3]";

    private static readonly (string Operator, string Inputs, string Node)[] Cases =
    [
        ("Binarizer", Floats, "y = ai.onnx.ml::Binarizer(x) {threshold = 0.5}"),
        ("Normalizer", Floats, "y = ai.onnx.ml::Normalizer(x) {norm = \"L2\"}"),
        ("Scaler", Floats, "y = ai.onnx.ml::Scaler(x) {offset = [0.5, 0.25, 0.0], scale = [2.0, 1.0, 0.5]}"),
        ("Imputer", Floats, "y = ai.onnx.ml::Imputer(x) {imputed_value_floats = [1.5], replaced_value_float = 0.0}"),
        ("ArrayFeatureExtractor", Floats, "const i: i64[2] = {2, 0}\ny = ai.onnx.ml::ArrayFeatureExtractor(x, i)"),
        ("FeatureVectorizer", Floats, "y = ai.onnx.ml::FeatureVectorizer(x, x) {inputdimensions = [3, 2]}"),
        ("LinearRegressor", Floats, "y = ai.onnx.ml::LinearRegressor(x) {coefficients = [1.0, 2.0, 3.0], intercepts = [0.5], targets = 1}"),
        ("LinearClassifier", Floats,
            "y, z = ai.onnx.ml::LinearClassifier(x) {classlabels_ints = [0, 1], coefficients = [1.0, 2.0, 3.0, -1.0, -2.0, -3.0], intercepts = [0.5, -0.5], multi_class = 1, post_transform = \"SOFTMAX\"}"),
        ("SVMRegressor", Floats,
            "y = ai.onnx.ml::SVMRegressor(x) {coefficients = [1.0, -1.0], kernel_params = [0.5, 0.0, 3.0], kernel_type = \"RBF\", n_supports = 2, rho = [0.1], support_vectors = [1.0, 2.0, 3.0, 0.0, 0.5, 1.0]}"),
        ("TreeEnsembleRegressor", Floats,
            "y = ai.onnx.ml::TreeEnsembleRegressor(x) {n_targets = 1, nodes_falsenodeids = [2, 0, 0], nodes_featureids = [1, 0, 0], nodes_hitrates = [1.0, 1.0, 1.0], nodes_missing_value_tracks_true = [0, 0, 0], nodes_modes = [\"BRANCH_LEQ\", \"LEAF\", \"LEAF\"], nodes_nodeids = [0, 1, 2], nodes_treeids = [0, 0, 0], nodes_truenodeids = [1, 0, 0], nodes_values = [0.5, 0.0, 0.0], target_ids = [0, 0], target_nodeids = [1, 2], target_treeids = [0, 0], target_weights = [1.5, -2.5]}"),
        ("TreeEnsembleClassifier", Floats,
            "y, z = ai.onnx.ml::TreeEnsembleClassifier(x) {class_ids = [0, 1], class_nodeids = [1, 2], class_treeids = [0, 0], class_weights = [1.0, 1.0], classlabels_strings = [\"no\", \"yes\"], nodes_falsenodeids = [2, 0, 0], nodes_featureids = [1, 0, 0], nodes_modes = [\"BRANCH_LEQ\", \"LEAF\", \"LEAF\"], nodes_nodeids = [0, 1, 2], nodes_treeids = [0, 0, 0], nodes_truenodeids = [1, 0, 0], nodes_values = [0.5, 0.0, 0.0]}"),
        ("LabelEncoder", "x: i64[3]",
            "y = ai.onnx.ml::LabelEncoder(x) {default_string = \"other\", keys_int64s = [0, 1], values_strings = [\"zero\", \"one\"]}"),
        ("CategoryMapper", "x: i64[3]", "y = ai.onnx.ml::CategoryMapper(x) {cats_int64s = [0, 1], cats_strings = [\"zero\", \"one\"]}"),
        ("OneHotEncoder", "x: i64[3]", "y = ai.onnx.ml::OneHotEncoder(x) {cats_int64s = [0, 1, 2], zeros = 1}"),
        ("ZipMap", Floats, "y = ai.onnx.ml::ZipMap(x) {classlabels_int64s = [5, 6, 7]}"),
    ];

    public static TheoryData<string> Operators => [.. Cases.Select(c => c.Operator)];

    [Fact]
    public void Every_operator_with_a_shape_rule_is_here() =>
        Assert.Equal(OperatorTable.Default.Operators.Where(o => o.Name.Domain == "ai.onnx.ml").Select(o => o.Name.Type)
            // like others here; of opset 5; take maps, which cannot be inputs here
            .Except(["SVMClassifier", "TreeEnsemble", "DictVectorizer", "CastMap"]).Order(StringComparer.Ordinal),
            Cases.Select(c => c.Operator).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Operators))]
    public void Results_stay_through_export_and_compilation(string name)
    {
        (_, string inputs, string node) = Cases.Single(c => c.Operator == name);
        byte[] file = OnnxWriter.ToBytes(GraphParser.ParseModel(
            $"model {{\n opset 17, ai.onnx.ml = 3\n}}\ngraph g({inputs}) -> ({(node.Contains("y, z =", StringComparison.Ordinal) ? "y, z" : "y")}) {{\n {node}\n}}"));
        Model model = OnnxReader.Read(file, new() { Rules = OperatorTable.Default, Normalizer = OpsetNormalizer.Instance });
        DataValue[] expected = Results(file, model.Graph);

        string text = GraphPrinter.Print(model, PrintOptions.Full);
        Assert.Equal(text, GraphPrinter.Print(GraphParser.ParseModel(text), PrintOptions.Full));
        foreach (int opset in (int[])[13, 17, 21]) AssertAgree(
            expected, Results(OnnxWriter.ToBytes(OpsetExport.At(model, opset)), model.Graph));

        var options = new CompileOptions { SupportPolicy = SupportPolicy.Parse("table", OperatorTable.Default, TensorRtTarget.Default) };
        Compilation compilation = new ModelCompiler(OperatorTable.Default, options).Plan(model);
        Verdict tag = compilation.Plan.Tags[compilation.Model.Graph.Nodes.ToList().FindIndex(n => n.Op.Type == name)];
        Assert.False(tag.IsYes);
        Assert.Contains("not an operator that TensorRT knows", tag.Reason, StringComparison.Ordinal);
        AssertAgree(expected, Results(CompiledModelFormat.Write(compilation.ToCompiledModel()), model.Graph));
    }

    private static void AssertAgree(DataValue[] expected, DataValue[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            if (ValueDifference.Between(expected[i], actual[i]) is { Agrees: false } difference)
                Assert.Fail($"output {i}: {difference.Fault}");
    }

    private static DataValue[] Results(byte[] model, Graph graph)
    {
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, IntraOpNumThreads = 1 };
        using var session = new InferenceSession(model, options);
        var inputs = new InputGenerator(new Dictionary<string, long>()).For(graph).ToDictionary(i => i.Key, i => OrtValues.ToOrt(i.Value));
        try
        {
            using var run = new RunOptions();
            using var results = session.Run(run, inputs, session.OutputNames);
            return [.. results.Select(OrtValues.ToData)];
        }
        finally
        {
            foreach (OrtValue value in inputs.Values) value.Dispose();
        }
    }
}
