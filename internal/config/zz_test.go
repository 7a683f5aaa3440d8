package config
import ("testing";"strings";"time";"os";"path/filepath")
func TestZZ(t *testing.T){
 for _,s:=range []string{strings.Repeat("[",250000),strings.Repeat("{a: ",60000),strings.Repeat("a:\n",80000),strings.Repeat("- ",120000),strings.Repeat("a: b\n",50000),"a: \""+strings.Repeat("x",250000), strings.Repeat("&a ",80000), strings.Repeat("? ",100000), strings.Repeat("'",250000), strings.Repeat("#\n",120000), strings.Repeat("a: |\n  x\n", 20000)}{
  p:=filepath.Join(t.TempDir(),"c"); os.WriteFile(p,[]byte(s),0o600)
  t0:=time.Now(); _,err:=Load(p,nil,fiveFields); e:=""; if err!=nil{e=err.Error()}; if len(e)>120{e=e[:120]}
  t.Log(s[:6],time.Since(t0),e)
 }
}
