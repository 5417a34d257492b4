/** The words of the page of connected applications. */
import { catalogue } from '../words.ts'

export const APPS = catalogue({
  title: { en: 'Connected apps', tr: 'Bağlı uygulamalar', es: 'Aplicaciones conectadas' },
  lead: {
    en: 'Applications that you have allowed to act for your account. End one that you no longer use or do not know.',
    tr: 'Hesabınız adına işlem yapmasına izin verdiğiniz uygulamalar. Artık kullanmadığınız ya da tanımadığınız birini sona erdirin.',
    es: 'Aplicaciones a las que ha permitido actuar en su cuenta. Termine la que ya no use o no conozca.',
  },
  emptyTitle: {
    en: 'No application is connected',
    tr: 'Bağlı uygulama yok',
    es: 'No hay ninguna aplicación conectada',
  },
  empty: {
    en: 'When you connect an application, such as an MCP client, it is listed here with what it may do.',
    tr: 'Bir MCP istemcisi gibi bir uygulama bağladığınızda, yapabilecekleriyle birlikte burada listelenir.',
    es: 'Cuando conecte una aplicación, como un cliente MCP, aparecerá aquí con lo que puede hacer.',
  },
  nameless: {
    en: 'An application without a name',
    tr: 'Adı olmayan bir uygulama',
    es: 'Una aplicación sin nombre',
  },
  may: { en: 'May', tr: 'İzni', es: 'Puede' },
  at: { en: 'At', tr: 'Adres', es: 'En' },
  since: { en: 'Since', tr: 'Başlangıç', es: 'Desde' },
  end: { en: 'End access', tr: 'Erişimi sona erdir', es: 'Terminar el acceso' },
  endNamed: {
    en: 'End access of {name}',
    tr: '{name}: erişimi sona erdir',
    es: 'Terminar el acceso de {name}',
  },
  ended: {
    en: 'The access has ended. The application stops working within seconds.',
    tr: 'Erişim sona erdi. Uygulama birkaç saniye içinde çalışmaz olur.',
    es: 'El acceso ha terminado. La aplicación deja de funcionar en unos segundos.',
  },
})
