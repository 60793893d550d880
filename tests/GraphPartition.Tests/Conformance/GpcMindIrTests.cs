using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GraphPartition.Compiler.Import;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary>The command line on MindIR files: every command that takes ONNX takes them.</summary>
public sealed class GpcMindIrTests : GpcTest
{
    [Theory]
    [InlineData("A")]
    [InlineData("B")]
    public void Every_style_runs(string style) => Ok("run", LeNet(style));

    [Fact]
    public void Every_command_takes_a_MindIR_file()
    {
        string model = LeNet("C"), compiled = Folder.File("compiled.onnx"), exported = Folder.File("exported.onnx");
        Ok("plan", model);
        Ok("why", model);
        Ok("run", model, "--support", "random:1:0.5", "--keep-groups");
        Ok("compile", model, "-o", compiled, "--support", "random:1:0.5");
        Ok("run", compiled, "--keep-groups");
        Ok("export", model, "-o", exported, "--opset", "17");
        Ok("run", exported);
        Ok("bench", model, "--seconds", "0");
        Assert.Contains("Conv", Ok("inspect", model, "--graph").Output, StringComparison.Ordinal);
    }

    /// <summary>LeNet-5 as MindSpore 2.0 exported it. Its numbers are compared with an independent computation in
    /// RealNetworkTests.</summary>
    [SharedFact]
    public void A_file_of_MindSpore_is_planned_compiled_and_run()
    {
        string model = Path.Combine(OutsideFolders.SharedModels, "mindir", "ori_net.mindir"), compiled = Folder.File("compiled.onnx");
        JsonElement plan = Json("plan", model);
        Assert.Equal(
            (12, 12, 1), (plan.GetProperty("nodes").GetInt32(), plan.GetProperty("supported").GetInt32(), plan.GetProperty("engines")
                .GetArrayLength()));
        Ok("compile", model, "-o", compiled, "--support", "random:3:0.5");
        Ok("run", compiled, "--keep-groups");
    }

    [Fact]
    public void The_content_of_a_file_decides_what_it_is_not_its_name()
    {
        string model = Folder.File("lenet.onnx");
        File.Copy(LeNet("B"), model);
        Assert.Equal(".mindir", ModelFormat.Of(model).Extension);
        Ok("run", model);
        string none = Folder.File("none.mindir");
        File.WriteAllText(none, "");
        Assert.True(ModelFormat.Of(none).IsOnnx);
    }

    [Fact]
    public void Inspect_shows_functions_and_parameters()
    {
        JsonElement file = Json("inspect", LeNet("B"));
        Assert.Equal("2.0.0", file.GetProperty("release").GetString());
        Assert.Equal("image", file.GetProperty("functions")[0].GetProperty("inputs")[0].GetString());
        Assert.Equal(3, file.GetProperty("primitives").GetProperty("Conv2D").GetInt32());
        Assert.Contains(file.GetProperty("parameters").EnumerateObject(), p => p.Value.GetString() == "f32[6,1,5,5]");
    }

    [Fact]
    public void An_encrypted_file_needs_its_key()
    {
        byte[] key = "0123456789ABCDEF"u8.ToArray(), plain = File.ReadAllBytes(LeNet("B")), iv = new byte[16],
            cipher = new byte[plain.Length], tag = new byte[16];
        using (var aes = new AesGcm(key, 16)) aes.Encrypt(iv.AsSpan(0, 12), plain, cipher, tag);
        string path = Folder.File("secret.mindir");
        File.WriteAllBytes(path, [.. BitConverter.GetBytes(0x7F3A5ED8u), .. tag, .. BitConverter.GetBytes(24 + cipher.Length),
            .. BitConverter.GetBytes(16), .. iv, .. BitConverter.GetBytes(cipher.Length), .. cipher]);

        Ok("plan", path, "--mindir-key-file", KeyFile("0123456789ABCDEF"));
        Ok("plan", path, "--mindir-key-file", KeyFile("0123456789ABCDEF\n")); // as editors end a line
        Refused("GP1103", "plan", path);
        Refused("GP1103", "plan", path, "--mindir-key-file", KeyFile("0123456789ABCDEG"));
        Refused("GP1103", "plan", path, "--mindir-key-file", KeyFile("short"));
        Refused("GP1001", "plan", path, "--mindir-key-file", Folder.File("no such file"));

        string KeyFile(string text)
        {
            string file = Folder.File("key");
            File.WriteAllBytes(file, Encoding.ASCII.GetBytes(text));
            return file;
        }
    }

    [Fact]
    public void A_damaged_file_is_refused()
    {
        string path = LeNet("C"), cut = Folder.File("cut.mindir");
        File.WriteAllBytes(cut, File.ReadAllBytes(path)[..1000]);
        foreach (string command in new[] { "run", "inspect" }) Refused("GP1101", command, cut);
        Refused("GP1101", "compile", cut, "-o", Folder.File("out.onnx"));
        Assert.False(File.Exists(Folder.File("out.onnx")));
    }

    [Fact]
    public void A_network_without_layers_of_MindSpore_is_not_written()
    {
        string path = Folder.File("mixed.mindir");
        Refused("GP", "zoo", "write", "mixed", "-o", path, "--mindir", "B");
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void A_plan_with_the_MindSpore_list_names_what_the_list_lacks()
    {
        JsonElement plan = Json("plan", Zoo("bert_small", "--sequence", "8", "--mindir", "B"), "--support", "mindspore");
        Assert.Contains(plan.GetProperty("fallback").EnumerateArray(), f => f.GetProperty("op").GetString() == "Erf"
            && f.GetProperty("reason").GetString()!.Contains("MindSpore's list", StringComparison.Ordinal));
    }

    private string LeNet(string style) => Zoo("lenet", "--mindir", style);

    private string Zoo(string name, params string[] options)
    {
        string path = Folder.File($"{name}.mindir");
        Ok(["zoo", "write", name, "-o", path, .. options]);
        return path;
    }
}
